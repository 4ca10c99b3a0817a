-- Figures of the domain per bucket.
-- Whole local days of the domain come from a rollup ($8 to $11): of all directions, or of some ($14).
-- Of the rest whole quarter hours come from theirs ($12 to $13), and what is left from the calls ($6
-- to $7); $5 are the buckets' edges.
-- A quarter hour has no user: who does not see all users gets nothing from there.
with figures as (
    select
        r.domain_uuid as key,
        d.bucket,
        r.user_uuid,
        {stored}
    from call_user_days r
    join unnest($8::text[]::date[], $9::text[]::integer[]) as d (day, bucket) on d.day = r.day
    where r.domain_uuid = $1 and $3 = 'domain'
        and r.domain_uuid = any(string_to_array($4::text, ',')::uuid[])
        and r.day >= $10::date and r.day <= $11::date
        and cardinality($8::text[]) > 0 and $14::text[] is null
    union all
    select
        r.domain_uuid as key,
        d.bucket,
        r.user_uuid,
        {figures}
    from call_days r
    join unnest($8::text[]::date[], $9::text[]::integer[]) as d (day, bucket) on d.day = r.day
    where r.domain_uuid = $1 and $3 = 'domain'
        and r.domain_uuid = any(string_to_array($4::text, ',')::uuid[])
        and r.day >= $10::date and r.day <= $11::date
        and cardinality($8::text[]) > 0 and $14::text[] is not null
        and r.direction = any($14::text[])
    union all
    select
        r.domain_uuid as key,
        width_bucket(r.starts_at, (select $5::text[]::timestamptz[])),
        null,
        {figures}
    from call_quarters r
    join unnest($12::text[]::timestamptz[], $13::text[]::timestamptz[]) as s (starts_at, ends_at)
        on r.starts_at >= s.starts_at and r.starts_at < s.ends_at
    where r.domain_uuid = $1 and $3 = 'domain'
        and r.domain_uuid = any(string_to_array($4::text, ',')::uuid[])
        and cardinality($12::text[]) > 0
        and ($14::text[] is null or r.direction = any($14::text[]))
    union all
    select
        r.domain_uuid as key,
        width_bucket(r.started_at, (select $5::text[]::timestamptz[])),
        r.user_uuid,
        {figures}
    from call_figures r
    join unnest($6::text[]::timestamptz[], $7::text[]::timestamptz[]) as s (starts_at, ends_at)
        on r.started_at >= s.starts_at and r.started_at < s.ends_at
    where r.domain_uuid = $1 and $3 = 'domain'
        and r.domain_uuid = any(string_to_array($4::text, ',')::uuid[])
        and cardinality($6::text[]) > 0
        and ($14::text[] is null or r.direction = any($14::text[]))
        and ($15::text[] is null or r.status = any($15::text[]))
        and ($16::boolean is null or $16 = (r.user_uuid is not null))
        and ($17::text is null or $17 in (r.caller_number, r.callee_number, r.extension))
)
select
    f.key,
    f.bucket,
    {measures}
from figures f
where ($2::text is null or f.user_uuid = any(string_to_array($2::text, ',')::uuid[]))
group by 1, 2
