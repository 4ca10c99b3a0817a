-- Whether the JWT of the id $2 and the subject $3, issued at $4, is taken back; and the living user
-- of the uuid $5 or the name $6.
select
    exists (
        select
        from jwt_revocations r
        where r.domain_uuid = $1
            and (
                (r.claim = 'jti' and r.value = $2::text)
                or (r.claim = 'sub' and r.value = $3::text and r.revoked_at >= $4::timestamptz)
            )
    ) as revoked,
    (
        select u.user_uuid
        from users u
        where u.domain_uuid = $1 and u.removed_at is null
            and (u.user_uuid = $5::text::uuid or u.username = $6::text)
    ) as user_uuid
