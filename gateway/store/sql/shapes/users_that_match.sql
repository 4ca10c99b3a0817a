-- Living users that the viewer sees and the filter ($3 to $7) lets through.
from users u
where u.domain_uuid = $1 and u.removed_at is null
    and ($2::text is null or u.user_uuid = any(string_to_array($2::text, ',')::uuid[]))
    and ($3::text is null or exists (
        select from group_members m
        where m.domain_uuid = $1 and m.user_uuid = u.user_uuid
            and m.group_uuid = any(string_to_array($3::text, ',')::uuid[])
    ))
    and ($4::text is null or exists (
        select from group_members m
        join groups g on g.domain_uuid = $1 and g.group_uuid = m.group_uuid
        where m.domain_uuid = $1 and m.user_uuid = u.user_uuid
            and g.department_uuid = any(string_to_array($4::text, ',')::uuid[])
    ))
    and ($5::text[] is null or u.level = any($5::text[]))
    and ($6::boolean is null or $6 = exists (
        select from extensions x
        where x.domain_uuid = $1 and x.user_uuid = u.user_uuid and x.removed_at is null
    ))
    and ($7::text is null or u.username collate "default" ilike $7
        or u.email collate "default" ilike $7
        or concat_ws(' ', u.first_name, u.middle_name, u.last_name) collate "default" ilike $7)
