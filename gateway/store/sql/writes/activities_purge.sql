-- At most $3 activities, all if it is null, that had ended at $2; how many are gone. One that reaches
-- beyond it is needed for the day after, and one that goes on for every day.
with gone as (
    delete from agent_activities a
    where a.domain_uuid = $1 and a.activity_uuid in (
        select o.activity_uuid
        from agent_activities o
        where o.domain_uuid = $1 and o.started_at < $2::timestamptz
            and o.started_at + o.seconds * interval '1 second' <= $2
        limit $3
    )
    returning 1
)
select count(*) as total
from gone
