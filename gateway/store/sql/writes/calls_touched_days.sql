-- The days since 1970 (UTC) on which calls start that a chunk takes away or brings.
select distinct floor(extract(epoch from t.started_at) / 86400)::integer as utc_day
from (
    select c.started_at
    from judged_calls j
    join calls c on c.domain_uuid = $1 and c.call_uuid = j.call_uuid
    where j.outcome in ('replaced', 'deleted')
    union all
    select j.started_at
    from judged_calls j
    where j.outcome in ('new', 'replaced')
) t
