-- $2 departments.
insert into departments (domain_uuid, department_uuid, department_name)
select $1::uuid, md5($1::uuid || ' department ' || n)::uuid, 'Department ' || n
from generate_series(0, $2::integer - 1) n
