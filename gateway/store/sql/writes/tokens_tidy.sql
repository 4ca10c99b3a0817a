delete from tokens
where domain_uuid = $1 and parent_uuid = $2 and expires_at <= $3
