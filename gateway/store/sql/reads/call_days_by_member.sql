-- Figures per member of groups or departments ($6) and whole local day of the domain, from the rollup
-- alone; buckets are counted from $4, the first day.
select
    m.subject_uuid as key,
    r.day - $4::date + 1 as bucket,
    {stored}
from subject_members m
join call_user_days r on r.domain_uuid = $1 and r.user_uuid = m.user_uuid
where m.domain_uuid = $1 and m.subject = $6
    and m.subject_uuid = any(string_to_array($3::text, ',')::uuid[])
    and r.day >= $4::date and r.day <= $5::date
    and ($2::text is null or r.user_uuid = any(string_to_array($2::text, ',')::uuid[]))
