insert into group_members (domain_uuid, group_uuid, user_uuid)
select $1, e.*
from unnest($2::text[]::uuid[], $3::text[]::uuid[]) e
on conflict (domain_uuid, group_uuid, user_uuid) do nothing
