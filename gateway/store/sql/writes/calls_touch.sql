-- Whose days a chunk touches; $2, $3 and $4 are local days, their beginnings and their ends.
insert into touched_days (day, starts_at, ends_at, user_uuid)
select distinct d.day, d.starts_at, d.ends_at, t.user_uuid
from (
    select c.started_at, c.user_uuid
    from judged_calls j
    join calls c on c.domain_uuid = $1 and c.call_uuid = j.call_uuid
    where j.outcome in ('replaced', 'deleted')
    union
    select j.started_at, j.user_uuid
    from judged_calls j
    where j.outcome in ('new', 'replaced')
) t
join unnest($2::text[]::date[], $3::text[]::timestamptz[], $4::text[]::timestamptz[])
    as d (day, starts_at, ends_at)
    on t.started_at >= d.starts_at and t.started_at < d.ends_at
