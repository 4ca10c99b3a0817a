-- All quarter hours of the domain from $2 on; all if it is null.
delete from call_quarters
where domain_uuid = $1 and ($2::timestamptz is null or starts_at >= $2)
