select department_uuid, department_name
from departments
where domain_uuid = $1
