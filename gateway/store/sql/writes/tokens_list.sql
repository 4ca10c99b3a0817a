select token_uuid, token_name, role, created_at, expires_at, revoked_at, last_used_at
from tokens
where domain_uuid = $1 and kind = 'api'
order by created_at, token_uuid
