update calls c
set started_at = j.started_at, direction = j.direction, status = j.status,
    duration = j.duration, billsec = j.billsec, queue_waitsec = j.queue_waitsec,
    extension_uuid = j.extension_uuid, extension = j.extension, user_uuid = j.user_uuid,
    queue_uuid = j.queue_uuid, caller_number = j.caller_number,
    callee_number = j.callee_number, hangup_cause = j.hangup_cause, source = j.source,
    source_key = j.source_key, status_rule = j.status_rule, batch_uuid = j.batch_uuid
from judged_calls j
where c.domain_uuid = $1 and c.call_uuid = j.call_uuid and j.outcome = 'replaced'
