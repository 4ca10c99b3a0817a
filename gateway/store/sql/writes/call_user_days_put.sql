insert into call_user_days (
    domain_uuid,
    user_uuid,
    day,
    {names}
)
{shapes/counted_user_days}
