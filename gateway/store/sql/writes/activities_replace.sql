update agent_activities a
set user_uuid = j.user_uuid, state = j.state, started_at = j.started_at, seconds = j.seconds,
    pause_code = j.pause_code, source = j.source, batch_uuid = j.batch_uuid
from judged_activities j
where a.domain_uuid = $1 and a.activity_uuid = j.activity_uuid and j.outcome = 'replaced'
