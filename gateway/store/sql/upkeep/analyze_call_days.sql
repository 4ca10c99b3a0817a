analyze calls, call_days
