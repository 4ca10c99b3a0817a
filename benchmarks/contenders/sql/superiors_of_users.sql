-- Leaders and managers who share a team with the user and rank higher.
select distinct m.user_uuid, u.level, u.username, u.user_uuid as superior_uuid
from group_members m
join groups g on g.domain_uuid = $1 and g.group_uuid = m.group_uuid and g.kind = 'team'
join group_members o on o.domain_uuid = $1 and o.group_uuid = m.group_uuid
join users u on u.domain_uuid = $1 and u.user_uuid = o.user_uuid and u.removed_at is null
join users own on own.domain_uuid = $1 and own.user_uuid = m.user_uuid
where m.domain_uuid = $1
    and (u.level = 'leader' and own.level in ('', 'agent')
        or u.level = 'manager' and own.level in ('', 'agent', 'leader'))
order by u.username, u.user_uuid
