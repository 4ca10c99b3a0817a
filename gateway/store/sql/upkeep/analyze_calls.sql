analyze calls, call_days, call_quarters
