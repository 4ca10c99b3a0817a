-- A page of calls per key; $11 and $12 are the last call of the page before.
select
    k.key,
    p.*
from unnest(string_to_array($4::text, ',')::uuid[]) as k (key)
cross join lateral (
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
    where c.domain_uuid = $1 and $3::text is not null
        and c.domain_uuid = k.key
        and c.started_at >= $5 and c.started_at < $6
        and ($2::text is null or c.user_uuid = any(string_to_array($2::text, ',')::uuid[]))
        and ($7::text[] is null or c.direction = any($7::text[]))
        and ($8::text[] is null or c.status = any($8::text[]))
        and ($9::boolean is null or $9 = (c.user_uuid is not null))
        and ($10::text is null or $10 in (c.caller_number, c.callee_number, c.extension))
        and ($11::timestamptz is null or (c.started_at, c.call_uuid) < ($11, $12::uuid))
    order by c.started_at desc, c.call_uuid desc
    limit $13
) p
