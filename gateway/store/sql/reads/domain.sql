select
    d.domain_uuid as uuid,
    d.domain_name as name,
    d.time_zone,
    d.data_version,
    d.raw_since,
    exists (select from agent_activities a where a.domain_uuid = $1)
        or exists (select from agent_days r where r.domain_uuid = $1) as has_activities,
    exists (
        select from agent_activities a where a.domain_uuid = $1 and a.seconds is null
    ) as has_open_activities
from domains d
where d.domain_uuid = $1 and ($2::text[] is null or true)
