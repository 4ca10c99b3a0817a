-- Figures per bucket, user and extension that the calls are credited to.
-- Whole local days of the domain come from the rollup, the rest of the period from the calls.
with figures as (
    select
        d.bucket,
        r.user_uuid,
        r.extension_uuid,
        r.extension,
        {figures}
    from call_days r
    join unnest($6::text[]::date[], $7::text[]::integer[]) as d (day, bucket) on d.day = r.day
    where r.domain_uuid = $1
        and r.day >= $8::date and r.day <= $9::date
        and cardinality($6::text[]) > 0
    union all
    select
        width_bucket(r.started_at, (select $3::text[]::timestamptz[])),
        r.user_uuid,
        r.extension_uuid,
        r.extension,
        {figures}
    from call_figures r
    join unnest($4::text[]::timestamptz[], $5::text[]::timestamptz[]) as s (starts_at, ends_at)
        on r.started_at >= s.starts_at and r.started_at < s.ends_at
    where r.domain_uuid = $1
        and cardinality($4::text[]) > 0
)
select
    f.bucket,
    f.user_uuid,
    f.extension_uuid,
    coalesce(x.extension, f.extension) as extension,
    {measures}
from figures f
left join extensions x on x.domain_uuid = $1 and x.extension_uuid = f.extension_uuid
where ($2::text is null or f.user_uuid = any(string_to_array($2::text, ',')::uuid[]))
group by 1, 2, 3, 4
