-- All days of the domain from $2 on; all if it is null.
delete from call_user_days
where domain_uuid = $1 and ($2::date is null or day >= $2)
