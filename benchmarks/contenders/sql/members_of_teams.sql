select m.group_uuid, u.user_uuid, u.username
from group_members m
join users u on u.domain_uuid = $1 and u.user_uuid = m.user_uuid and u.removed_at is null
where m.domain_uuid = $1
order by u.username, u.user_uuid
