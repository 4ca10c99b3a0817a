insert into departments (domain_uuid, department_uuid, department_name)
select $1, e.*
from unnest($2::text[]::uuid[], $3::text[]) e
on conflict (domain_uuid, department_uuid) do update
set department_name = excluded.department_name
