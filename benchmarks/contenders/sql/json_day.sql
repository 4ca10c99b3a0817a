with
people as materialized (
    select u.user_uuid, u.username, u.first_name, u.last_name
    from users u
    where u.domain_uuid = $1 and u.removed_at is null
),
numbers as (
    select
        x.user_uuid,
        json_build_object(
            'id', 'Extension' || replace(x.extension_uuid::text, '-', ''),
            'uuid', x.extension_uuid,
            'extension', x.extension
        ) as extension
    from (
        select distinct on (user_uuid) user_uuid, extension_uuid, extension
        from extensions
        where domain_uuid = $1 and removed_at is null
        order by user_uuid, extension
    ) x
),
teams as (
    select
        m.user_uuid,
        json_agg(json_build_object(
            'id', 'Group' || replace(g.group_uuid::text, '-', ''),
            'uuid', g.group_uuid,
            'name', g.group_name
        ) order by g.group_name, g.group_uuid) as groups
    from group_members m
    join groups g on g.domain_uuid = $1 and g.group_uuid = m.group_uuid and g.kind = 'team'
    where m.domain_uuid = $1
    group by m.user_uuid
),
days as materialized (
    select
        user_uuid,
        day,
        total_call,
        total_answered,
        total_no_answered,
        total_busy,
        total_not_available,
        total_cancel,
        total_invalid,
        total_inbound,
        total_outbound,
        total_local,
        total_duration,
        total_billsec,
        total_waitsec
    from call_user_days
    where domain_uuid = $1 and user_uuid is not null and day >= $2 and day <= $3
),
stats as (
    select
        p.user_uuid,
        json_build_object(
            'totalCall', coalesce(sum(d.total_call), 0),
            'totalAnswered', coalesce(sum(d.total_answered), 0),
            'totalNoAnswered', coalesce(sum(d.total_no_answered), 0),
            'totalBusy', coalesce(sum(d.total_busy), 0),
            'totalNotAvailable', coalesce(sum(d.total_not_available), 0),
            'totalCancel', coalesce(sum(d.total_cancel), 0),
            'totalInvalid', coalesce(sum(d.total_invalid), 0),
            'totalInbound', coalesce(sum(d.total_inbound), 0),
            'totalOutbound', coalesce(sum(d.total_outbound), 0),
            'totalLocal', coalesce(sum(d.total_local), 0),
            'totalDuration', coalesce(sum(d.total_duration), 0),
            'totalBillsec', coalesce(sum(d.total_billsec), 0),
            'totalWaitsec', coalesce(sum(d.total_waitsec), 0)
        ) as figures
    from people p
    left join days d on d.user_uuid = p.user_uuid
    group by p.user_uuid
),
reports as (
    select
        p.user_uuid,
        '[' || string_agg(
            '{"date":"' || a.day
                || '","totalCall":' || coalesce(d.total_call, 0)
                || ',"totalInvalid":' || coalesce(d.total_invalid, 0)
                || ',"totalInbound":' || coalesce(d.total_inbound, 0)
                || ',"totalOutbound":' || coalesce(d.total_outbound, 0) || '}',
            ',' order by a.day
        ) || ']' as reports
    from people p
    cross join (select d::date as day from generate_series($2::date, $3::date, '1 day') d) a
    left join days d on d.user_uuid = p.user_uuid and d.day = a.day
    group by p.user_uuid
)
select json_build_object('data', json_build_object('users', json_build_object(
    'nodes', coalesce(json_agg(json_build_object(
        'id', 'User' || replace(p.user_uuid::text, '-', ''),
        'uuid', p.user_uuid,
        'username', p.username,
        'firstName', p.first_name,
        'lastName', p.last_name,
        'extension', x.extension,
        'groups', coalesce(t.groups, '[]'),
        'callStats', s.figures,
        'dailyReports', r.reports::json
    ) order by p.username, p.user_uuid), '[]')
)))::text
from people p
left join numbers x on x.user_uuid = p.user_uuid
left join teams t on t.user_uuid = p.user_uuid
left join stats s on s.user_uuid = p.user_uuid
left join reports r on r.user_uuid = p.user_uuid
