update tokens
set revoked_at = $3
where domain_uuid = $1 and kind = 'api' and revoked_at is null
    and (token_uuid::text = lower($2) or token_name = $2)
returning token_uuid
