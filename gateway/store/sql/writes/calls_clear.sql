truncate incoming_calls, judged_calls
