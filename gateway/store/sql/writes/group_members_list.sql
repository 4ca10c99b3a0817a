select group_uuid, user_uuid
from group_members
where domain_uuid = $1
