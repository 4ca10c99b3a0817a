select distinct m.user_uuid, d.department_name, d.department_uuid
from group_members m
join groups g on g.domain_uuid = $1 and g.group_uuid = m.group_uuid
join departments d on d.domain_uuid = $1 and d.department_uuid = g.department_uuid
where m.domain_uuid = $1
order by d.department_name, d.department_uuid
