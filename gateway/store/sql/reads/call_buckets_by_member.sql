-- Figures per key and bucket; $5 are the buckets' edges, ascending, $6 and $7 the outer ones.
select
    m.subject_uuid as key,
    width_bucket(c.started_at, (select $5::text[]::timestamptz[])) as bucket,
    {measures}
from subject_members m
join calls c on c.domain_uuid = $1 and c.user_uuid = m.user_uuid
where m.domain_uuid = $1 and m.subject = $3 and m.subject_uuid = any($4::text[]::uuid[])
    and c.started_at >= $6 and c.started_at < $7
    and ($2::text[] is null or c.user_uuid = any($2::text[]::uuid[]))
    and ($8::text[] is null or c.direction = any($8::text[]))
    and ($9::text[] is null or c.status = any($9::text[]))
    and ($10::boolean is null or $10 = (c.user_uuid is not null))
    and ($11::text is null or $11 in (c.caller_number, c.callee_number, c.extension))
group by 1, 2
