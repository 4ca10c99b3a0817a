-- In two parts, so that each finds its rows by the key.
with of_users as (
    delete from call_user_days r
    using touched_days t
    where r.domain_uuid = $1 and r.user_uuid = t.user_uuid and r.day = t.day
)
delete from call_user_days r
using touched_days t
where r.domain_uuid = $1 and r.user_uuid is null and t.user_uuid is null and r.day = t.day
