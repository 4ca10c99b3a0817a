-- Days from $2 on whose rollup per user is not what the calls add up to: both, side by side.
select
    coalesce(s.day, c.day)::text as part,
    format('calls of user %s', coalesce(s.user_uuid::text, c.user_uuid::text, 'none')) as what,
    s.total_call as stored,
    c.total_call as counted
from (
    select
        domain_uuid,
        user_uuid,
        day,
        {names}
    from call_user_days
    where domain_uuid = $1 and ($2::date is null or day >= $2)
) s
full join (
    {shapes/counted_user_days}
) c on c.day = s.day and coalesce(c.user_uuid, $1) = coalesce(s.user_uuid, $1)
where row(s.*) is distinct from row(c.*)
order by 1, 2
