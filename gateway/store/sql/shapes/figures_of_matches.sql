-- Figures of the users of `matches`: of whole local days from a rollup, of all directions or of some
-- ($13); the rest of the period from the calls.
select
    r.user_uuid,
    {stored}
from matches m
join call_user_days r on r.domain_uuid = $1 and r.user_uuid = m.user_uuid
join unnest($10::text[]::date[]) as d (day) on d.day = r.day
where r.day >= $11::date and r.day <= $12::date
    and cardinality($10::text[]) > 0 and $13::text[] is null
union all
select
    r.user_uuid,
    {figures}
from matches m
join call_days r on r.domain_uuid = $1 and r.user_uuid = m.user_uuid
join unnest($10::text[]::date[]) as d (day) on d.day = r.day
where r.day >= $11::date and r.day <= $12::date
    and cardinality($10::text[]) > 0 and $13::text[] is not null
    and r.direction = any($13::text[])
union all
select
    r.user_uuid,
    {figures}
from matches m
join call_figures r on r.domain_uuid = $1 and r.user_uuid = m.user_uuid
join unnest($8::text[]::timestamptz[], $9::text[]::timestamptz[]) as s (starts_at, ends_at)
    on r.started_at >= s.starts_at and r.started_at < s.ends_at
where cardinality($8::text[]) > 0
    and ($13::text[] is null or r.direction = any($13::text[]))
    and ($14::text[] is null or r.status = any($14::text[]))
    and ($15::boolean is null or $15 = (r.user_uuid is not null))
    and ($16::text is null or $16 in (r.caller_number, r.callee_number, r.extension))
