update tokens
set last_used_at = $3
where domain_uuid = $1 and token_uuid = $2
    and (last_used_at is null or last_used_at < $4)
