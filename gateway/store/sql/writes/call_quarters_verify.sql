-- Quarter hours from $2 on whose rollup is not what the calls add up to: both, side by side.
select
    coalesce(s.starts_at, c.starts_at)::text as part,
    format('%s calls of the domain', coalesce(s.direction, c.direction)) as what,
    s.total_call as stored,
    c.total_call as counted
from (
    select *
    from call_quarters
    where domain_uuid = $1 and ($2::timestamptz is null or starts_at >= $2)
) s
full join counted_call_quarters c on c.starts_at = s.starts_at and c.direction = s.direction
where row(s.*) is distinct from row(c.*)
order by 1, 2
