-- Seconds per state. $5 and $6 are the period, $7 is the earliest start to look at, $8 is now.
-- Clipped to the period, or, if $9, whole. An open activity counts until now, a week at most.
select
    m.subject_uuid as key,
    coalesce(sum(t.seconds) filter (where a.state = 'pause'), 0)::bigint as total_pause_sec,
    coalesce(sum(t.seconds) filter (where a.state = 'wait'), 0)::bigint as total_wait_sec,
    coalesce(sum(t.seconds) filter (where a.state = 'talk'), 0)::bigint as total_talk_sec,
    coalesce(sum(t.seconds) filter (where a.state = 'dispo'), 0)::bigint as total_dispo_sec,
    min(a.started_at) filter (where a.started_at >= $5) as earliest_time,
    max(a.started_at) filter (where a.started_at >= $5) as latest_time
from subject_members m
join agent_activities a on a.domain_uuid = $1 and a.user_uuid = m.user_uuid
    and a.started_at >= $7 and a.started_at < $6
cross join lateral (
    select coalesce(
        a.started_at + a.seconds * interval '1 second',
        least($8::timestamptz, a.started_at + interval '7 days')
    ) as ended_at
) e
cross join lateral (
    select case
        when $9::boolean and a.seconds is not null then a.seconds
        when $9::boolean then
            floor(extract(epoch from e.ended_at)) - floor(extract(epoch from a.started_at))
        else floor(extract(epoch from least(e.ended_at, $6)))
            - floor(extract(epoch from greatest(a.started_at, $5)))
    end as seconds
) t
where m.domain_uuid = $1 and m.subject = $3 and m.subject_uuid = any($4::text[]::uuid[])
    and ($2::text[] is null or m.user_uuid = any($2::text[]::uuid[]))
    and e.ended_at >= a.started_at
    and (e.ended_at > $5 or a.started_at >= $5)
group by m.subject_uuid
