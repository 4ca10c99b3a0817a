-- Users of the level $4 that share a team with the user and rank higher than it.
select distinct
    m.user_uuid as key,
    u.user_uuid as uuid,
    u.username,
    u.first_name,
    u.middle_name,
    u.last_name,
    u.email,
    u.level,
    u.add_date as add_date_text,
    u.added_at as add_date,
    u.removed_at
from group_members m
join groups g on g.domain_uuid = $1 and g.group_uuid = m.group_uuid and g.kind = 'team'
join group_members o on o.domain_uuid = $1 and o.group_uuid = m.group_uuid
    and o.user_uuid <> m.user_uuid
join users u on u.domain_uuid = $1 and u.user_uuid = o.user_uuid
join users own on own.domain_uuid = $1 and own.user_uuid = m.user_uuid
cross join (
    values (array['agent', 'leader', 'manager', 'admin', 'superadmin'])
) as ascending (levels)
where m.domain_uuid = $1 and m.user_uuid = any(string_to_array($3::text, ',')::uuid[])
    and u.removed_at is null
    and u.level = $4
    and array_position(levels, u.level)
        > array_position(levels, coalesce(nullif(own.level, ''), 'agent'))
    and ($2::text is null or u.user_uuid = any(string_to_array($2::text, ',')::uuid[]))
order by u.username, uuid
