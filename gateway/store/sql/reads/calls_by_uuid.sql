select
    c.call_uuid as uuid,
    c.started_at,
    c.direction,
    c.status,
    c.duration,
    c.billsec,
    c.waitsec,
    c.extension_uuid,
    c.extension as extension_number,
    c.user_uuid,
    c.caller_number,
    c.callee_number,
    c.hangup_cause,
    c.source,
    c.source_key,
    c.status_rule,
    c.queue_uuid,
    c.batch_uuid
from calls c
where c.domain_uuid = $1
    and ($2::text is null or c.user_uuid = any(string_to_array($2::text, ',')::uuid[]))
    and c.call_uuid = any(string_to_array($3::text, ',')::uuid[])
