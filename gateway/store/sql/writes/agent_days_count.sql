-- The touched days, counted from the activities that have ended. Those that reach into a day began
-- at most a week before it.
insert into counted_agent_days (
    domain_uuid, user_uuid, day,
    clipped_pause_sec, clipped_wait_sec, clipped_talk_sec, clipped_dispo_sec,
    whole_pause_sec, whole_wait_sec, whole_talk_sec, whole_dispo_sec,
    earliest_time, latest_time
)
select $1, t.user_uuid, t.day, f.*
from touched_days t
cross join lateral (
    select
        coalesce(sum(s.clipped) filter (where a.state = 'pause'), 0),
        coalesce(sum(s.clipped) filter (where a.state = 'wait'), 0),
        coalesce(sum(s.clipped) filter (where a.state = 'talk'), 0),
        coalesce(sum(s.clipped) filter (where a.state = 'dispo'), 0),
        coalesce(sum(a.seconds) filter (where a.state = 'pause' and s.begun), 0),
        coalesce(sum(a.seconds) filter (where a.state = 'wait' and s.begun), 0),
        coalesce(sum(a.seconds) filter (where a.state = 'talk' and s.begun), 0),
        coalesce(sum(a.seconds) filter (where a.state = 'dispo' and s.begun), 0),
        min(a.started_at) filter (where s.begun),
        max(a.started_at) filter (where s.begun)
    from ended_activities a
    cross join lateral (
        select
            a.started_at >= t.starts_at as begun,
            floor(extract(epoch from least(a.ended_at, t.ends_at)))
                - floor(extract(epoch from greatest(a.started_at, t.starts_at))) as clipped
    ) s
    where a.domain_uuid = $1 and a.user_uuid = t.user_uuid
        and a.started_at >= t.starts_at - interval '7 days' and a.started_at < t.ends_at
        and (a.ended_at > t.starts_at or s.begun)
    having count(*) > 0
) f
