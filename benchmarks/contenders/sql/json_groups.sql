with
days as materialized (
    select
        m.group_uuid,
        r.day,
        sum(r.total_call) as total_call,
        sum(r.total_answered) as total_answered,
        sum(r.total_no_answered) as total_no_answered,
        sum(r.total_busy) as total_busy,
        sum(r.total_not_available) as total_not_available,
        sum(r.total_cancel) as total_cancel,
        sum(r.total_invalid) as total_invalid,
        sum(r.total_inbound) as total_inbound,
        sum(r.total_outbound) as total_outbound,
        sum(r.total_local) as total_local,
        sum(r.total_duration) as total_duration,
        sum(r.total_billsec) as total_billsec,
        sum(r.total_waitsec) as total_waitsec
    from group_members m
    join call_user_days r on r.domain_uuid = $1 and r.user_uuid = m.user_uuid
    where m.domain_uuid = $1 and r.day >= $2 and r.day <= $3
    group by m.group_uuid, r.day
),
reports as (
    select
        g.group_uuid,
        json_agg(json_build_object(
            'date', a.day,
            'totalCall', coalesce(d.total_call, 0),
            'totalAnswered', coalesce(d.total_answered, 0),
            'totalNoAnswered', coalesce(d.total_no_answered, 0),
            'totalBusy', coalesce(d.total_busy, 0),
            'totalNotAvailable', coalesce(d.total_not_available, 0),
            'totalCancel', coalesce(d.total_cancel, 0),
            'totalInvalid', coalesce(d.total_invalid, 0),
            'totalInbound', coalesce(d.total_inbound, 0),
            'totalOutbound', coalesce(d.total_outbound, 0),
            'totalLocal', coalesce(d.total_local, 0),
            'totalDuration', coalesce(d.total_duration, 0),
            'totalBillsec', coalesce(d.total_billsec, 0),
            'totalWaitsec', coalesce(d.total_waitsec, 0)
        ) order by a.day) as reports
    from groups g
    cross join (select d::date as day from generate_series($2::date, $3::date, '1 day') d) a
    left join days d on d.group_uuid = g.group_uuid and d.day = a.day
    where g.domain_uuid = $1 and g.kind = 'team'
    group by g.group_uuid
),
members as (
    select
        m.group_uuid,
        json_agg(json_build_object(
            'id', 'User' || replace(u.user_uuid::text, '-', ''),
            'username', u.username
        ) order by u.username, u.user_uuid) as users
    from group_members m
    join users u on u.domain_uuid = $1 and u.user_uuid = m.user_uuid and u.removed_at is null
    where m.domain_uuid = $1
    group by m.group_uuid
)
select json_build_object('data', json_build_object('groups', json_build_object(
    'nodes', coalesce(json_agg(json_build_object(
        'id', 'Group' || replace(g.group_uuid::text, '-', ''),
        'uuid', g.group_uuid,
        'name', g.group_name,
        'users', coalesce(m.users, '[]'),
        'dailyReports', r.reports
    ) order by g.group_name, g.group_uuid), '[]')
)))::text
from groups g
left join reports r on r.group_uuid = g.group_uuid
left join members m on m.group_uuid = g.group_uuid
where g.domain_uuid = $1 and g.kind = 'team'
