create temporary table if not exists counted_call_days (like call_days) on commit delete rows
