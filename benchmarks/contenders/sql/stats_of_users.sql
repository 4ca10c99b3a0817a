select
    user_uuid,
    sum(total_call)::bigint,
    sum(total_answered)::bigint,
    sum(total_no_answered)::bigint,
    sum(total_busy)::bigint,
    sum(total_not_available)::bigint,
    sum(total_cancel)::bigint,
    sum(total_invalid)::bigint,
    coalesce(sum(total_call) filter (where direction = 'inbound'), 0)::bigint,
    coalesce(sum(total_call) filter (where direction = 'outbound'), 0)::bigint,
    coalesce(sum(total_call) filter (where direction = 'local'), 0)::bigint,
    sum(total_duration)::bigint,
    sum(total_billsec)::bigint,
    sum(total_waitsec)::bigint
from call_days
where domain_uuid = $1 and user_uuid is not null and day >= $2 and day <= $3
group by user_uuid
