-- The token, and the one that an operator made of which it is a session.
update tokens t
set last_used_at = $3
where t.domain_uuid = $1
    and (t.token_uuid = $2 or t.token_uuid = (
        select s.parent_uuid
        from tokens s
        where s.domain_uuid = $1 and s.token_uuid = $2
    ))
    and (t.last_used_at is null or t.last_used_at < $4)
