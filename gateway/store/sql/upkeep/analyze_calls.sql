analyze calls, call_days, call_user_days, call_quarters
