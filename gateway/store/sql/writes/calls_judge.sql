-- Who is credited with each incoming call, and what becomes of it. Of the good records of one call
-- the last counts. A call that is stored keeps its credit unless the record names another extension
-- or user, whatever the directory says meanwhile.
-- The lateral with a limit is a probe of the key's index for each record: while statistics are
-- missing, a plain join would read all calls of the domain for every chunk.
insert into judged_calls (
    position, outcome, reason, call_uuid, started_at, direction, status, duration, billsec,
    queue_waitsec, extension_uuid, extension, user_uuid, queue_uuid, caller_number, callee_number,
    hangup_cause, source, source_key, status_rule, batch_uuid
)
with numbers as (
    select
        extension_uuid, extension, user_uuid, removed_at as until,
        lag(removed_at) over (partition by extension order by removed_at, extension_uuid) as since
    from extensions
    where domain_uuid = $1
),
named as (
    select distinct on (username) username, user_uuid
    from users
    where domain_uuid = $1
    order by username, removed_at desc nulls first, user_uuid
),
lowest as (
    select distinct on (user_uuid) user_uuid, extension_uuid, extension
    from extensions
    where domain_uuid = $1 and removed_at is null and user_uuid is not null
    order by user_uuid, extension
),
queued as (
    select distinct on (q.label) q.label, q.queue_uuid
    from (
        select queue_name as label, queue_uuid, 1 as place
        from queues
        where domain_uuid = $1
        union all
        select queue_extension, queue_uuid, 2
        from queues
        where domain_uuid = $1 and queue_extension <> ''
    ) q
    order by q.label, q.place, q.queue_uuid
),
credited as (
    select
        i.position, i.deleted, i.call_uuid, i.started_at, i.direction, i.status, i.duration,
        i.billsec, i.queue_waitsec, e.extension_uuid, e.extension,
        coalesce(
            u.user_uuid,
            w.user_uuid,
            case
                when c.call_uuid is not null and c.extension = e.extension
                    and c.extension_uuid is not distinct from e.extension_uuid
                then c.user_uuid
                else coalesce(x.user_uuid, n.user_uuid)
            end
        ) as user_uuid,
        coalesce(i.queue_uuid, q.queue_uuid) as queue_uuid, i.caller_number, i.callee_number,
        i.hangup_cause, i.source, i.source_key, i.status_rule,
        case
            when c.started_at < $3::timestamptz
            then format(
                'it is stored as of %s, and what is from before %s is no longer kept one by one',
                c.started_at, $3
            )
            when i.deleted then null
            when i.user_uuid is not null and u.user_uuid is null
            then format('no user %s in the directory of this domain', i.user_uuid)
            when i.username is not null and w.user_uuid is null
            then format('no user "%s" in the directory of this domain', i.username)
            when i.extension_uuid is not null and x.extension_uuid is null
            then format('no extension %s in the directory of this domain', i.extension_uuid)
        end as reason,
        c.call_uuid is not null as stored,
        (
            c.started_at, c.direction, c.status, c.duration, c.billsec, c.queue_waitsec,
            c.extension_uuid, c.extension, c.user_uuid, c.queue_uuid, c.caller_number,
            c.callee_number, c.hangup_cause, c.source, c.source_key, c.status_rule
        ) as before
    from incoming_calls i
    left join lateral (
        select *
        from calls c
        where c.domain_uuid = $1 and c.call_uuid = i.call_uuid
        limit 1
    ) c on true
    left join extensions x on x.domain_uuid = $1 and x.extension_uuid = i.extension_uuid
    left join lateral (
        select u.user_uuid
        from users u
        where u.domain_uuid = $1 and u.user_uuid = i.user_uuid
        limit 1
    ) u on true
    left join named w on w.username = i.username
    left join lowest l on l.user_uuid = w.user_uuid
    left join queued q on q.label = i.queue
    left join numbers n on n.extension = i.extension
        and i.started_at >= coalesce(n.since, '-infinity')
        and i.started_at < coalesce(n.until, 'infinity')
    cross join lateral (
        select
            i.extension_uuid = c.extension_uuid
            or (i.extension = c.extension and i.started_at = c.started_at
                and c.extension_uuid is not null)
            or w.user_uuid = c.user_uuid as kept
    ) k
    cross join lateral (
        select
            case
                when k.kept then c.extension_uuid
                else coalesce(x.extension_uuid, n.extension_uuid, l.extension_uuid)
            end as extension_uuid,
            case
                when k.kept then c.extension
                else coalesce(x.extension, i.extension, l.extension, '')
            end as extension
    ) e
)
select
    r.position,
    case
        when r.reason is not null then 'rejected'
        when r.position < max(r.position) filter (where r.reason is null)
            over (partition by r.call_uuid)
        then 'unchanged'
        when r.deleted then case when r.stored then 'deleted' else 'unchanged' end
        when not r.stored then 'new'
        when r.before is distinct from (
            r.started_at, r.direction, r.status, r.duration, r.billsec, r.queue_waitsec,
            r.extension_uuid, r.extension, r.user_uuid, r.queue_uuid, r.caller_number,
            r.callee_number, r.hangup_cause, r.source, r.source_key, r.status_rule
        )
        then 'replaced'
        else 'unchanged'
    end,
    r.reason, r.call_uuid, r.started_at, r.direction, r.status, r.duration, r.billsec,
    r.queue_waitsec, r.extension_uuid, r.extension, r.user_uuid, r.queue_uuid, r.caller_number,
    r.callee_number, r.hangup_cause, r.source, r.source_key, r.status_rule, $2
from credited r
