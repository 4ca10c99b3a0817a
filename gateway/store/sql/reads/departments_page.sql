-- $3 and $4 are the last row of the page before.
select
    d.department_name as position,
    d.department_uuid as uuid,
    d.department_name as name
from departments d
where d.domain_uuid = $1
    and ($2::text is null or exists (
        select from subject_members s
        where s.domain_uuid = $1 and s.subject = 'department' and s.subject_uuid = d.department_uuid
            and s.user_uuid = any(string_to_array($2::text, ',')::uuid[])
    ))
    and ($3::text is null
        or (d.department_name, d.department_uuid) > ($3::text collate "C", $4::uuid))
order by d.department_name, d.department_uuid
limit $5
