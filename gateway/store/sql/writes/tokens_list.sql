select
    t.token_uuid,
    t.token_name,
    t.role,
    u.username,
    t.created_at,
    t.expires_at,
    t.revoked_at,
    t.last_used_at
from tokens t
left join users u on u.domain_uuid = $1 and u.user_uuid = t.user_uuid
where t.domain_uuid = $1 and t.kind = 'api'
order by t.created_at, t.token_uuid
