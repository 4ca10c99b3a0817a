-- Days from $2 on whose rollup is not what the calls add up to: both, side by side.
select
    coalesce(s.day, c.day)::text as part,
    format(
        '%s calls of user %s, extension %s',
        coalesce(s.direction, c.direction),
        coalesce(s.user_uuid::text, c.user_uuid::text, 'none'),
        coalesce(
            s.extension_uuid::text, c.extension_uuid::text, nullif(s.extension, ''),
            nullif(c.extension, ''), 'none'
        )
    ) as what,
    s.total_call as stored,
    c.total_call as counted
from (
    select *
    from call_days
    where domain_uuid = $1 and ($2::date is null or day >= $2)
) s
full join counted_call_days c
    on c.day = s.day and c.direction = s.direction and c.extension = s.extension
    and coalesce(c.user_uuid, $1) = coalesce(s.user_uuid, $1)
    and coalesce(c.extension_uuid, $1) = coalesce(s.extension_uuid, $1)
where row(s.*) is distinct from row(c.*)
order by 1, 2
