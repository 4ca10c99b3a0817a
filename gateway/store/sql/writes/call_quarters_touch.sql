-- The quarter hours that a chunk touches, of those that begin at $2 or later; of all if it is null.
insert into touched_quarters (starts_at)
select distinct q.starts_at
from (
    select c.started_at
    from judged_calls j
    join calls c on c.domain_uuid = $1 and c.call_uuid = j.call_uuid
    where j.outcome in ('replaced', 'deleted')
    union all
    select j.started_at
    from judged_calls j
    where j.outcome in ('new', 'replaced')
) t
cross join lateral (
    select date_bin('15 minutes', t.started_at, timestamptz '1970-01-01 00:00+00')
) q (starts_at)
where $2::timestamptz is null or q.starts_at >= $2
