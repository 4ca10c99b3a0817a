with
people as materialized (
    select
        u.user_uuid,
        u.username,
        u.first_name,
        u.middle_name,
        u.last_name,
        u.email,
        u.level,
        u.add_date,
        coalesce((
            select min(x.extension)
            from extensions x
            where x.domain_uuid = $1 and x.user_uuid = u.user_uuid and x.removed_at is null
        ), '') as extension
    from users u
    where u.domain_uuid = $1 and u.removed_at is null
),
teams as (
    select
        m.user_uuid,
        json_agg(json_build_object(
            'group_uuid', g.group_uuid,
            'group_name', g.group_name,
            'group_weight', g.group_weight,
            'department_uuid', coalesce(g.department_uuid::text, '')
        ) order by g.group_name, g.group_uuid) as groups
    from group_members m
    join groups g on g.domain_uuid = $1 and g.group_uuid = m.group_uuid
    where m.domain_uuid = $1
    group by m.user_uuid
),
departments_of as (
    select
        f.user_uuid,
        json_agg(json_build_object(
            'department_uuid', f.department_uuid,
            'department_name', f.department_name,
            'domain_uuid', $1
        ) order by f.department_name, f.department_uuid) as departments
    from (
        select distinct m.user_uuid, d.department_uuid, d.department_name
        from group_members m
        join groups g on g.domain_uuid = $1 and g.group_uuid = m.group_uuid
        join departments d on d.domain_uuid = $1 and d.department_uuid = g.department_uuid
        where m.domain_uuid = $1
    ) f
    group by f.user_uuid
),
superiors as (
    select
        f.user_uuid,
        json_agg(f.superior order by f.username, f.superior_uuid)
            filter (where f.level = 'leader') as leaders,
        json_agg(f.superior order by f.username, f.superior_uuid)
            filter (where f.level = 'manager') as managers
    from (
        select distinct on (m.user_uuid, u.level, u.username, u.user_uuid)
            m.user_uuid,
            u.level,
            u.username,
            u.user_uuid as superior_uuid,
            json_build_object(
                'user_uuid', u.user_uuid,
                'username', u.username,
                'first_name', u.first_name,
                'middle_name', u.middle_name,
                'last_name', u.last_name,
                'extension', u.extension,
                'level', u.level,
                'email', u.email
            ) as superior
        from group_members m
        join groups g on g.domain_uuid = $1 and g.group_uuid = m.group_uuid and g.kind = 'team'
        join group_members o on o.domain_uuid = $1 and o.group_uuid = m.group_uuid
        join people u on u.user_uuid = o.user_uuid
        join people own on own.user_uuid = m.user_uuid
        where m.domain_uuid = $1
            and (u.level = 'leader' and own.level in ('', 'agent')
                or u.level = 'manager' and own.level in ('', 'agent', 'leader'))
    ) f
    group by f.user_uuid
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
        user_uuid,
        sum(total_duration) as total_duration,
        sum(total_billsec) as total_billsec,
        sum(total_waitsec) as total_waitsec,
        sum(total_call) as total_call,
        sum(total_answered) as total_answered,
        sum(total_no_answered) as total_no_answered,
        sum(total_busy) as total_busy,
        sum(total_not_available) as total_not_available,
        sum(total_cancel) as total_cancel,
        sum(total_invalid) as total_invalid,
        sum(total_inbound) as total_inbound,
        sum(total_outbound) as total_outbound,
        sum(total_local) as total_local
    from days
    group by user_uuid
),
reports as (
    select
        p.user_uuid,
        '[' || string_agg(
            '{"time":"' || a.day
                || 'T00:00:00Z","total_call":' || coalesce(d.total_call, 0)
                || ',"total_invalid":' || coalesce(d.total_invalid, 0)
                || ',"total_inbound":' || coalesce(d.total_inbound, 0)
                || ',"total_outbound":' || coalesce(d.total_outbound, 0) || '}',
            ',' order by a.day
        ) || ']' as reports
    from people p
    cross join (select d::date as day from generate_series($2::date, $3::date, '1 day') d) a
    left join days d on d.user_uuid = p.user_uuid and d.day = a.day
    group by p.user_uuid
)
select json_build_object('data', coalesce(json_agg(json_build_object(
    'user_uuid', p.user_uuid,
    'username', p.username,
    'last_name', p.last_name,
    'middle_name', p.middle_name,
    'first_name', p.first_name,
    'add_date', p.add_date,
    'extension', p.extension,
    'extension_uuid', '',
    'total_duration', coalesce(s.total_duration, 0),
    'total_billsec', coalesce(s.total_billsec, 0),
    'total_waitsec', coalesce(s.total_waitsec, 0),
    'total_call', coalesce(s.total_call, 0),
    'total_answered', coalesce(s.total_answered, 0),
    'total_no_answered', coalesce(s.total_no_answered, 0),
    'total_busy', coalesce(s.total_busy, 0),
    'total_not_available', coalesce(s.total_not_available, 0),
    'total_cancel', coalesce(s.total_cancel, 0),
    'total_invalid', coalesce(s.total_invalid, 0),
    'total_inbound', coalesce(s.total_inbound, 0),
    'total_outbound', coalesce(s.total_outbound, 0),
    'total_local', coalesce(s.total_local, 0),
    'groups', t.groups,
    'departments', d.departments,
    'leaders', u.leaders,
    'managers', u.managers,
    'reports', r.reports::json
) order by p.user_uuid), '[]'))::text
from people p
left join teams t on t.user_uuid = p.user_uuid
left join departments_of d on d.user_uuid = p.user_uuid
left join superiors u on u.user_uuid = p.user_uuid
left join stats s on s.user_uuid = p.user_uuid
left join reports r on r.user_uuid = p.user_uuid
