select extension_uuid, extension, user_uuid, removed_at
from extensions
where domain_uuid = $1
