-- Whose days a chunk touches; $2, $3 and $4 are local days, their beginnings and their ends.
insert into touched_days (day, starts_at, ends_at, user_uuid)
select distinct d.day, d.starts_at, d.ends_at, t.user_uuid
from (
    select a.started_at, a.seconds, a.user_uuid
    from judged_activities j
    join agent_activities a on a.domain_uuid = $1 and a.activity_uuid = j.activity_uuid
    where j.outcome in ('replaced', 'deleted')
    union
    select j.started_at, j.seconds, j.user_uuid
    from judged_activities j
    where j.outcome in ('new', 'replaced')
) t
join unnest($2::text[]::date[], $3::text[]::timestamptz[], $4::text[]::timestamptz[])
    as d (day, starts_at, ends_at)
    on t.started_at < d.ends_at and t.started_at + t.seconds * interval '1 second' >= d.starts_at
