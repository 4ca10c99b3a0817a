insert into agent_activities (
    domain_uuid, activity_uuid, user_uuid, state, started_at, seconds, pause_code, source,
    batch_uuid
)
select $1, activity_uuid, user_uuid, state, started_at, seconds, pause_code, source,
    batch_uuid
from judged_activities
where outcome = 'new'
order by position
