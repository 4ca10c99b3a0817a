-- Figures per user and whole local day of the domain, from the rollup alone; buckets are counted
-- from $4, the first day.
select
    f.user_uuid as key,
    f.day - $4::date + 1 as bucket,
    {measures}
from call_days f
where f.domain_uuid = $1 and f.user_uuid = any($3::text[]::uuid[])
    and f.day >= $4::date and f.day <= $5::date
    and ($2::text[] is null or f.user_uuid = any($2::text[]::uuid[]))
    and ($6::text[] is null or f.direction = any($6::text[]))
group by f.user_uuid, f.day
