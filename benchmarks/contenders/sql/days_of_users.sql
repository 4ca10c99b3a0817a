select
    user_uuid,
    day,
    total_call,
    total_invalid,
    total_inbound,
    total_outbound
from call_user_days
where domain_uuid = $1 and user_uuid is not null and day >= $2 and day <= $3
order by user_uuid, day
