-- The days since 1970 (UTC) that the ended activities reach which a chunk takes away or brings.
select distinct d.utc_day
from (
    select a.started_at, a.seconds
    from judged_activities j
    join agent_activities a on a.domain_uuid = $1 and a.activity_uuid = j.activity_uuid
    where j.outcome in ('replaced', 'deleted')
    union all
    select j.started_at, j.seconds
    from judged_activities j
    where j.outcome in ('new', 'replaced')
) t
cross join lateral generate_series(
    floor(extract(epoch from t.started_at) / 86400)::integer,
    floor((extract(epoch from t.started_at) + t.seconds) / 86400)::integer
) d (utc_day)
