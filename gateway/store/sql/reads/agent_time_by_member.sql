-- Seconds per state in the period from $5 to $6; clipped to it or, if $13, whole. Whole local days of
-- the domain come from the rollup ($9 to $11), the rest from the activities that have ended ($7 and
-- $8), and those that go on count until now, $12, a week at most.
with members as (
    select m.subject_uuid as key, m.user_uuid
    from subject_members m
    where m.domain_uuid = $1 and m.subject = $3
        and m.subject_uuid = any(string_to_array($4::text, ',')::uuid[])
        and ($2::text is null or m.user_uuid = any(string_to_array($2::text, ',')::uuid[]))
),
figures as (
    select
        m.key,
        case when $13::boolean then r.whole_pause_sec else r.clipped_pause_sec end as pause,
        case when $13 then r.whole_wait_sec else r.clipped_wait_sec end as wait,
        case when $13 then r.whole_talk_sec else r.clipped_talk_sec end as talk,
        case when $13 then r.whole_dispo_sec else r.clipped_dispo_sec end as dispo,
        r.earliest_time,
        r.latest_time
    from members m
    join agent_days r on r.domain_uuid = $1 and r.user_uuid = m.user_uuid
    join unnest($9::text[]::date[]) as d (day) on d.day = r.day
    where r.day >= $10::date and r.day <= $11::date
        and cardinality($9::text[]) > 0
    union all
    select
        p.key,
        case when p.state = 'pause' then p.seconds else 0 end,
        case when p.state = 'wait' then p.seconds else 0 end,
        case when p.state = 'talk' then p.seconds else 0 end,
        case when p.state = 'dispo' then p.seconds else 0 end,
        case when p.begun then p.started_at end,
        case when p.begun then p.started_at end
    from (
        select
            m.key,
            a.state,
            a.started_at,
            a.started_at >= s.starts_at as begun,
            case
                when $13 then a.seconds
                else floor(extract(epoch from least(a.ended_at, s.ends_at)))
                    - floor(extract(epoch from greatest(a.started_at, s.starts_at)))
            end as seconds
        from members m
        cross join unnest($7::text[]::timestamptz[], $8::text[]::timestamptz[])
            as s (starts_at, ends_at)
        join ended_activities a on a.domain_uuid = $1 and a.user_uuid = m.user_uuid
            and a.started_at >= s.starts_at - case when $13 then interval '0' else interval '7 days' end
            and a.started_at < s.ends_at
            and (a.ended_at > s.starts_at or a.started_at >= s.starts_at)
        where cardinality($7::text[]) > 0
        union all
        select
            m.key,
            a.state,
            a.started_at,
            a.started_at >= $5,
            case
                when $13 then floor(extract(epoch from e.ended_at))
                else floor(extract(epoch from least(e.ended_at, $6::timestamptz)))
            end - floor(extract(epoch from case
                when $13 then a.started_at
                else greatest(a.started_at, $5)
            end))
        from members m
        join agent_activities a on a.domain_uuid = $1 and a.user_uuid = m.user_uuid
            and a.seconds is null and a.started_at <= $12
            and a.started_at >= $5::timestamptz - case when $13 then interval '0' else interval '7 days' end
            and a.started_at < $6
        cross join lateral (
            select least($12::timestamptz, a.started_at + interval '7 days') as ended_at
        ) e
        where e.ended_at > $5 or a.started_at >= $5
    ) p
)
select
    f.key,
    sum(f.pause)::bigint as total_pause_sec,
    sum(f.wait)::bigint as total_wait_sec,
    sum(f.talk)::bigint as total_talk_sec,
    sum(f.dispo)::bigint as total_dispo_sec,
    min(f.earliest_time) as earliest_time,
    max(f.latest_time) as latest_time
from figures f
group by f.key
