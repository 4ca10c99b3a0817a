-- What goes on at $4 and began after $5, the latest of each user; and what is to come the next.
select distinct on (a.user_uuid, a.started_at > $4::timestamptz)
    a.user_uuid as key,
    a.state,
    a.started_at as since,
    a.pause_code,
    a.started_at > $4 as to_come
from agent_activities a
where a.domain_uuid = $1 and a.user_uuid = any(string_to_array($3::text, ',')::uuid[])
    and ($2::text is null or a.user_uuid = any(string_to_array($2::text, ',')::uuid[]))
    and a.seconds is null and a.started_at > $5::timestamptz
order by
    a.user_uuid,
    a.started_at > $4,
    case when a.started_at > $4 then a.started_at end,
    a.started_at desc,
    a.activity_uuid
