delete from agent_activities a
using judged_activities j
where a.domain_uuid = $1 and a.activity_uuid = j.activity_uuid and j.outcome = 'deleted'
