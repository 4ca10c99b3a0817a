select group_uuid, group_name, group_weight, kind, department_uuid
from groups
where domain_uuid = $1
