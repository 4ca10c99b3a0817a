insert into call_user_days (
    domain_uuid,
    user_uuid,
    day,
    {names}
)
select
    $1,
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
