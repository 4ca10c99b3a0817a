select m.user_uuid, g.group_uuid, g.group_name, g.group_weight, g.department_uuid
from group_members m
join groups g on g.domain_uuid = $1 and g.group_uuid = m.group_uuid and g.kind = 'team'
where m.domain_uuid = $1
order by g.group_name, g.group_uuid
