insert into judged_activities (
    outcome, activity_uuid, user_uuid, state, started_at, seconds, pause_code, batch_uuid
)
select
    case
        when u.before is null then 'deleted'
        when a.activity_uuid is null then 'new'
        else 'replaced'
    end,
    u.record_uuid, b.user_uuid, b.state, b.started_at, b.seconds, b.pause_code,
    coalesce(b.batch_uuid, $2)
from undone_changes u
left join agent_activities a on a.domain_uuid = $1 and a.activity_uuid = u.record_uuid
cross join lateral jsonb_populate_record(null::agent_activities, u.before) b
where u.next_version is null and (u.before is not null or a.activity_uuid is not null)
