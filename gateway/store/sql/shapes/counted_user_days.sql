-- What the counted days add up to per user.
select
    $1::uuid as domain_uuid,
    f.user_uuid,
    f.day,
    {measures}
from (
    select
        r.user_uuid,
        r.day,
        {figures}
    from counted_call_days r
    where r.domain_uuid = $1
) f
group by f.user_uuid, f.day
