delete from jwt_revocations
where domain_uuid = $1 and revoked_at < $2
