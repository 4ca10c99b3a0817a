insert into jwt_revocations as r (domain_uuid, claim, value, revoked_at)
values ($1, $2, $3, $4)
on conflict (domain_uuid, claim, value)
do update set revoked_at = greatest(r.revoked_at, excluded.revoked_at)
where r.domain_uuid = $1
