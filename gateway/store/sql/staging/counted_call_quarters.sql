create temporary table if not exists counted_call_quarters (like call_quarters)
on commit delete rows
