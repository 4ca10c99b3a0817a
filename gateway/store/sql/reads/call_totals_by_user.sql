-- Figures per user of whole local days of the domain together, from the rollup alone.
select
    f.user_uuid as key,
    1 as bucket,
    {measures}
from call_days f
where f.domain_uuid = $1 and f.user_uuid = any($3::text[]::uuid[])
    and f.day >= $4::date and f.day <= $5::date
    and ($2::text[] is null or f.user_uuid = any($2::text[]::uuid[]))
    and ($6::text[] is null or f.direction = any($6::text[]))
group by f.user_uuid
