insert into calls (
    domain_uuid, call_uuid, started_at, direction, status, duration, billsec, queue_waitsec,
    extension_uuid, extension, user_uuid, queue_uuid, caller_number, callee_number,
    hangup_cause, source, source_key, status_rule, batch_uuid
)
select
    $1, call_uuid, started_at, direction, status, duration, billsec, queue_waitsec,
    extension_uuid, extension, user_uuid, queue_uuid, caller_number, callee_number,
    hangup_cause, source, source_key, status_rule, batch_uuid
from judged_calls
where outcome = 'new'
order by position
