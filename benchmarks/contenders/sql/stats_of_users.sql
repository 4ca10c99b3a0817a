select
    user_uuid,
    sum(total_call)::bigint,
    sum(total_answered)::bigint,
    sum(total_no_answered)::bigint,
    sum(total_busy)::bigint,
    sum(total_not_available)::bigint,
    sum(total_cancel)::bigint,
    sum(total_invalid)::bigint,
    sum(total_inbound)::bigint,
    sum(total_outbound)::bigint,
    sum(total_local)::bigint,
    sum(total_duration)::bigint,
    sum(total_billsec)::bigint,
    sum(total_waitsec)::bigint
from call_user_days
where domain_uuid = $1 and user_uuid is not null and day >= $2 and day <= $3
group by user_uuid
