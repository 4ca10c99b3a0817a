-- The quarter hours that have calls, of those that begin at $2 or later; of all if it is null.
insert into touched_quarters (starts_at)
select distinct q.starts_at
from calls c
cross join lateral (
    select date_bin('15 minutes', c.started_at, timestamptz '1970-01-01 00:00+00')
) q (starts_at)
where c.domain_uuid = $1 and ($2::timestamptz is null or q.starts_at >= $2)
