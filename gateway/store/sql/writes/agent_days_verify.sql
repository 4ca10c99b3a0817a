-- Days from $2 on whose rollup is not what the activities add up to: both, side by side.
select
    coalesce(s.day, c.day)::text as part,
    format('seconds of user %s', coalesce(s.user_uuid, c.user_uuid)) as what,
    s.clipped_pause_sec + s.clipped_wait_sec + s.clipped_talk_sec + s.clipped_dispo_sec as stored,
    c.clipped_pause_sec + c.clipped_wait_sec + c.clipped_talk_sec + c.clipped_dispo_sec as counted
from (
    select *
    from agent_days
    where domain_uuid = $1 and ($2::date is null or day >= $2)
) s
full join counted_agent_days c on c.day = s.day and c.user_uuid = s.user_uuid
where row(s.*) is distinct from row(c.*)
order by 1, 2
