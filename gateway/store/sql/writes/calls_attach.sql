-- Calls of numbers that nobody knew when they were stored, and the directory knows now.
insert into judged_calls (
    outcome, call_uuid, started_at, direction, status, duration, billsec, queue_waitsec,
    extension_uuid, extension, user_uuid, queue_uuid, caller_number, callee_number, hangup_cause,
    source, source_key, status_rule, batch_uuid
)
select
    'replaced', c.call_uuid, c.started_at, c.direction, c.status, c.duration, c.billsec,
    c.queue_waitsec, n.extension_uuid, c.extension, coalesce(c.user_uuid, n.user_uuid),
    c.queue_uuid, c.caller_number, c.callee_number, c.hangup_cause, c.source, c.source_key,
    c.status_rule, c.batch_uuid
from (select distinct extension from extensions where domain_uuid = $1) known
join calls c on c.domain_uuid = $1 and c.extension = known.extension
cross join lateral (
    select n.extension_uuid, n.user_uuid
    from extensions n
    where n.domain_uuid = $1 and n.extension = c.extension
        and (n.removed_at is null or n.removed_at > c.started_at)
    order by n.removed_at
    limit 1
) n
where c.extension_uuid is null and c.extension <> ''
    and ($2::timestamptz is null or c.started_at >= $2)
