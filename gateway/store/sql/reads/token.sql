select
    t.token_uuid,
    t.parent_uuid,
    t.kind,
    t.role,
    t.user_uuid,
    t.token_name,
    least(t.expires_at, p.expires_at) as expires_at,
    coalesce(t.revoked_at, p.revoked_at) as revoked_at,
    t.last_used_at
from tokens t
left join tokens p on p.domain_uuid = $1 and p.token_uuid = t.parent_uuid
where t.domain_uuid = $1 and t.token_hash = $2
