-- $6 and $7 are the last row of the page before.
select
    g.group_name as position,
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
    and ($3::text[] is null or g.kind = any($3::text[]))
    and ($4::text is null or g.department_uuid = any(string_to_array($4::text, ',')::uuid[]))
    and ($5::text is null or g.group_name collate "default" ilike $5)
    and ($6::text is null or (g.group_name, g.group_uuid) > ($6::text collate "C", $7::uuid))
order by g.group_name, g.group_uuid
limit $8
