insert into tokens (
    domain_uuid, token_uuid, token_hash, kind, parent_uuid, role, user_uuid, token_name,
    created_at, expires_at
)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
