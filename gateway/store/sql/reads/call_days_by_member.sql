-- Figures per group or department ($7) and whole local day of the domain, from the rollup alone;
-- buckets are counted from $4, the first day.
select
    m.subject_uuid as key,
    f.day - $4::date + 1 as bucket,
    {measures}
from subject_members m
join call_days f on f.domain_uuid = $1 and f.user_uuid = m.user_uuid
where m.domain_uuid = $1 and m.subject = $7 and m.subject_uuid = any($3::text[]::uuid[])
    and f.day >= $4::date and f.day <= $5::date
    and ($2::text[] is null or f.user_uuid = any($2::text[]::uuid[]))
    and ($6::text[] is null or f.direction = any($6::text[]))
group by m.subject_uuid, f.day
