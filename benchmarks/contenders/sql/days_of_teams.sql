select
    m.group_uuid,
    r.day,
    sum(r.total_call)::bigint,
    sum(r.total_answered)::bigint,
    sum(r.total_no_answered)::bigint,
    sum(r.total_busy)::bigint,
    sum(r.total_not_available)::bigint,
    sum(r.total_cancel)::bigint,
    sum(r.total_invalid)::bigint,
    sum(r.total_inbound)::bigint,
    sum(r.total_outbound)::bigint,
    sum(r.total_local)::bigint,
    sum(r.total_duration)::bigint,
    sum(r.total_billsec)::bigint,
    sum(r.total_waitsec)::bigint
from group_members m
join call_user_days r on r.domain_uuid = $1 and r.user_uuid = m.user_uuid
where m.domain_uuid = $1 and r.day >= $2 and r.day <= $3
group by m.group_uuid, r.day
order by m.group_uuid, r.day
