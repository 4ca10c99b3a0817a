delete from departments
where domain_uuid = $1 and department_uuid = any($2::text[]::uuid[])
