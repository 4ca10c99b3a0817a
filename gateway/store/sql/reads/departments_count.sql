select count(*) as total
from departments d
where d.domain_uuid = $1
    and ($2::text is null or exists (
        select from subject_members s
        where s.domain_uuid = $1 and s.subject = 'department' and s.subject_uuid = d.department_uuid
            and s.user_uuid = any(string_to_array($2::text, ',')::uuid[])
    ))
