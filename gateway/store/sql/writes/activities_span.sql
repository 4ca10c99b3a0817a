-- The seconds of an activity are at most a week's: what ends last began in the last week.
select
    min(started_at) as first,
    (
        select max(e.ended_at)
        from ended_activities e
        where e.domain_uuid = $1 and e.started_at >= max(a.started_at) - interval '7 days'
    ) as last
from ended_activities a
where a.domain_uuid = $1
