-- What each record becomes again. What is from before $3 is only kept as days, and stays.
-- What was remembered before a column was there lacks it.
insert into judged_calls (
    outcome, call_uuid, started_at, direction, status, duration, billsec, queue_waitsec,
    extension_uuid, extension, user_uuid, queue_uuid, caller_number, callee_number, hangup_cause,
    source, source_key, status_rule, batch_uuid
)
select
    case
        when least(c.started_at, b.started_at) < $3::timestamptz then 'unchanged'
        when u.before is null then 'deleted'
        when c.call_uuid is null then 'new'
        else 'replaced'
    end,
    u.record_uuid, b.started_at, b.direction, b.status, b.duration, b.billsec, b.queue_waitsec,
    b.extension_uuid, b.extension, b.user_uuid, b.queue_uuid, b.caller_number, b.callee_number,
    b.hangup_cause, b.source, b.source_key, coalesce(b.status_rule, ''),
    coalesce(b.batch_uuid, $2)
from undone_changes u
left join calls c on c.domain_uuid = $1 and c.call_uuid = u.record_uuid
cross join lateral jsonb_populate_record(null::calls, u.before) b
where u.next_version is null and (u.before is not null or c.call_uuid is not null)
