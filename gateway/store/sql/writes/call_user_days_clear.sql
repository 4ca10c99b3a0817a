delete from call_user_days r
using touched_days t
where r.domain_uuid = $1 and r.day = t.day and r.user_uuid is not distinct from t.user_uuid
