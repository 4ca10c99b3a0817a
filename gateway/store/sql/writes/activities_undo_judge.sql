-- What each record becomes again. What is from before $3 is only kept as days, and stays.
-- What was remembered before a column was there lacks it.
insert into judged_activities (
    outcome, activity_uuid, user_uuid, state, started_at, seconds, pause_code, source, batch_uuid
)
select
    case
        when least(a.started_at, b.started_at) < $3::timestamptz then 'unchanged'
        when u.before is null then 'deleted'
        when a.activity_uuid is null then 'new'
        else 'replaced'
    end,
    u.record_uuid, b.user_uuid, b.state, b.started_at, b.seconds, b.pause_code,
    coalesce(b.source, ''), coalesce(b.batch_uuid, $2)
from undone_changes u
left join agent_activities a on a.domain_uuid = $1 and a.activity_uuid = u.record_uuid
cross join lateral jsonb_populate_record(null::agent_activities, u.before) b
where u.next_version is null and (u.before is not null or a.activity_uuid is not null)
