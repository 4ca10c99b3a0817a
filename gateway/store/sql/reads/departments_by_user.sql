select distinct
    m.user_uuid as key,
    d.department_uuid as uuid,
    d.department_name as name
from group_members m
join groups g on g.domain_uuid = $1 and g.group_uuid = m.group_uuid
join departments d on d.domain_uuid = $1 and d.department_uuid = g.department_uuid
where m.domain_uuid = $1 and m.user_uuid = any(string_to_array($3::text, ',')::uuid[])
    and ($2::text is null or m.user_uuid = any(string_to_array($2::text, ',')::uuid[]))
order by name, uuid
