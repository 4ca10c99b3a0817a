-- The counted days on top of what is stored: of days that can no longer be counted whole.
insert into agent_days as r
select *
from counted_agent_days
where domain_uuid = $1
on conflict (domain_uuid, user_uuid, day) do update
set
    clipped_pause_sec = r.clipped_pause_sec + excluded.clipped_pause_sec,
    clipped_wait_sec = r.clipped_wait_sec + excluded.clipped_wait_sec,
    clipped_talk_sec = r.clipped_talk_sec + excluded.clipped_talk_sec,
    clipped_dispo_sec = r.clipped_dispo_sec + excluded.clipped_dispo_sec,
    whole_pause_sec = r.whole_pause_sec + excluded.whole_pause_sec,
    whole_wait_sec = r.whole_wait_sec + excluded.whole_wait_sec,
    whole_talk_sec = r.whole_talk_sec + excluded.whole_talk_sec,
    whole_dispo_sec = r.whole_dispo_sec + excluded.whole_dispo_sec,
    earliest_time = least(r.earliest_time, excluded.earliest_time),
    latest_time = greatest(r.latest_time, excluded.latest_time)
