-- Whose each incoming activity is, and what becomes of it. Of the good records of one activity the
-- last counts.
insert into judged_activities (
    position, outcome, reason, activity_uuid, user_uuid, state, started_at, seconds, pause_code,
    source, batch_uuid
)
with named as (
    select distinct on (username) username, user_uuid
    from users
    where domain_uuid = $1
    order by username, removed_at desc nulls first, user_uuid
),
owned as (
    select
        i.position, i.deleted, i.activity_uuid, coalesce(u.user_uuid, w.user_uuid) as user_uuid,
        i.state, i.started_at, i.seconds, i.pause_code, i.source,
        case
            when a.started_at < $3::timestamptz
            then format(
                'it is stored as of %s, and what is from before %s is no longer kept one by one',
                a.started_at, $3
            )
            when i.deleted then null
            when i.user_uuid is not null and u.user_uuid is null
            then format('no user %s in the directory of this domain', i.user_uuid)
            when i.username is not null and w.user_uuid is null
            then format('no user "%s" in the directory of this domain', i.username)
        end as reason,
        a.activity_uuid is not null as stored,
        (a.user_uuid, a.state, a.started_at, a.seconds, a.pause_code, a.source) as before
    from incoming_activities i
    left join lateral (
        select *
        from agent_activities a
        where a.domain_uuid = $1 and a.activity_uuid = i.activity_uuid
        limit 1
    ) a on true
    left join lateral (
        select u.user_uuid
        from users u
        where u.domain_uuid = $1 and u.user_uuid = i.user_uuid
        limit 1
    ) u on true
    left join named w on w.username = i.username
)
select
    o.position,
    case
        when o.reason is not null then 'rejected'
        when o.position < max(o.position) filter (where o.reason is null)
            over (partition by o.activity_uuid)
        then 'unchanged'
        when o.deleted then case when o.stored then 'deleted' else 'unchanged' end
        when not o.stored then 'new'
        when o.before is distinct from
            (o.user_uuid, o.state, o.started_at, o.seconds, o.pause_code, o.source)
        then 'replaced'
        else 'unchanged'
    end,
    o.reason, o.activity_uuid, o.user_uuid, o.state, o.started_at, o.seconds, o.pause_code,
    o.source, $2
from owned o
