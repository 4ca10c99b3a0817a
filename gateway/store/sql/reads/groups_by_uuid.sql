select
    g.group_uuid as uuid,
    g.group_name as name,
    g.group_weight as weight,
    g.kind,
    g.department_uuid
from groups g
where g.domain_uuid = $1
    and ($2::text is null or exists (
        select from group_members s
        where s.domain_uuid = $1 and s.group_uuid = g.group_uuid
            and s.user_uuid = any(string_to_array($2::text, ',')::uuid[])
    ))
    and g.group_uuid = any(string_to_array($3::text, ',')::uuid[])
