-- Figures per bucket, user and extension that the calls are credited to.
select
    width_bucket(c.started_at, (select $3::text[]::timestamptz[])) as bucket,
    c.user_uuid,
    c.extension_uuid,
    coalesce(x.extension, c.extension) as extension,
    {measures}
from calls c
left join extensions x on x.domain_uuid = $1 and x.extension_uuid = c.extension_uuid
where c.domain_uuid = $1
    and c.started_at >= $4 and c.started_at < $5
    and ($2::text[] is null or c.user_uuid = any($2::text[]::uuid[]))
group by 1, 2, 3, 4
