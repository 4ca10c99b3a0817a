-- How far the role $3 of the user $2 reaches. In effect is the lower of the role and the user's
-- level. It sees itself, and whoever ranks lower in its teams and in the teams of its departments.
with ranks as (
    select array['agent', 'leader', 'manager', 'admin', 'superadmin'] as ascending
),
viewers as (
    select
        u.user_uuid,
        u.removed_at is not null as removed,
        least(
            array_position(r.ascending, $3::text),
            array_position(r.ascending, coalesce(nullif(u.level, ''), 'agent'))
        ) as rank
    from users u
    cross join ranks r
    where u.domain_uuid = $1 and u.user_uuid = $2::uuid
),
own as (
    select g.group_uuid, g.department_uuid
    from group_members m
    join groups g on g.domain_uuid = $1 and g.group_uuid = m.group_uuid and g.kind = 'team'
    where m.domain_uuid = $1 and m.user_uuid = $2::uuid
),
teams as (
    select g.group_uuid
    from groups g
    where g.domain_uuid = $1 and g.kind = 'team'
        and (g.group_uuid in (select group_uuid from own)
            or g.department_uuid in (select department_uuid from own))
)
select
    v.removed,
    r.ascending[v.rank] as role,
    array(
        select v.user_uuid::text
        union
        select o.user_uuid::text
        from teams t
        join group_members m on m.domain_uuid = $1 and m.group_uuid = t.group_uuid
        join users o on o.domain_uuid = $1 and o.user_uuid = m.user_uuid
        where array_position(r.ascending, coalesce(nullif(o.level, ''), 'agent')) < v.rank
    ) as scope
from viewers v
cross join ranks r
