insert into revocations as r (domain_uuid, revocation_count)
values ($1, 1)
on conflict (domain_uuid)
do update set revocation_count = r.revocation_count + 1
where r.domain_uuid = $1
