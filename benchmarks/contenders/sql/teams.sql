select group_uuid, group_name
from groups
where domain_uuid = $1 and kind = 'team'
order by group_name, group_uuid
