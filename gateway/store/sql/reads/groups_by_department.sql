select
    g.department_uuid as key,
    g.group_uuid as uuid,
    g.group_name as name,
    g.group_weight as weight,
    g.kind,
    g.department_uuid
from groups g
where g.domain_uuid = $1 and g.department_uuid = any(string_to_array($3::text, ',')::uuid[])
    and ($2::text is null or exists (
        select from group_members s
        where s.domain_uuid = $1 and s.group_uuid = g.group_uuid
            and s.user_uuid = any(string_to_array($2::text, ',')::uuid[])
    ))
    and ($4::text[] is null or g.kind = any($4::text[]))
    and ($5::text is null or g.department_uuid = any(string_to_array($5::text, ',')::uuid[]))
    and ($6::text is null or g.group_name collate "default" ilike $6)
order by g.group_name, g.group_uuid
