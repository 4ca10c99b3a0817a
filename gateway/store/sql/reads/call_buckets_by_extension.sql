-- Figures per extension and bucket.
-- Whole local days of the domain come from the rollup ($8 to $11), the rest of the period from the
-- calls ($6 to $7); $5 are the buckets' edges.
with figures as (
    select
        r.extension_uuid as key,
        d.bucket,
        r.user_uuid,
        {figures}
    from call_days r
    join unnest($8::text[]::date[], $9::text[]::integer[]) as d (day, bucket) on d.day = r.day
    where r.domain_uuid = $1 and $3 = 'extension'
        and r.extension_uuid = any(string_to_array($4::text, ',')::uuid[])
        and r.day >= $10::date and r.day <= $11::date
        and cardinality($8::text[]) > 0
        and ($12::text[] is null or r.direction = any($12::text[]))
    union all
    select
        r.extension_uuid as key,
        width_bucket(r.started_at, (select $5::text[]::timestamptz[])),
        r.user_uuid,
        {figures}
    from call_figures r
    join unnest($6::text[]::timestamptz[], $7::text[]::timestamptz[]) as s (starts_at, ends_at)
        on r.started_at >= s.starts_at and r.started_at < s.ends_at
    where r.domain_uuid = $1 and $3 = 'extension'
        and r.extension_uuid = any(string_to_array($4::text, ',')::uuid[])
        and cardinality($6::text[]) > 0
        and ($12::text[] is null or r.direction = any($12::text[]))
        and ($13::text[] is null or r.status = any($13::text[]))
        and ($14::boolean is null or $14 = (r.user_uuid is not null))
        and ($15::text is null or $15 in (r.caller_number, r.callee_number, r.extension))
)
select
    f.key,
    f.bucket,
    {measures}
from figures f
where ($2::text is null or f.user_uuid = any(string_to_array($2::text, ',')::uuid[]))
group by 1, 2
