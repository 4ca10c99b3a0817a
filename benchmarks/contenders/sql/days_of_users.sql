select
    user_uuid,
    day,
    sum(total_call)::bigint,
    sum(total_invalid)::bigint,
    coalesce(sum(total_call) filter (where direction = 'inbound'), 0)::bigint,
    coalesce(sum(total_call) filter (where direction = 'outbound'), 0)::bigint
from call_days
where domain_uuid = $1 and user_uuid is not null and day >= $2 and day <= $3
group by user_uuid, day
order by user_uuid, day
