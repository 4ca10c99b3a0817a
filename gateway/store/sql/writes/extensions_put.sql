insert into extensions (domain_uuid, extension_uuid, extension, user_uuid, removed_at)
select $1, e.*
from unnest(
    $2::text[]::uuid[], $3::text[], $4::text[]::uuid[], $5::text[]::timestamptz[]
) e
on conflict (domain_uuid, extension_uuid) do update
set extension = excluded.extension, user_uuid = excluded.user_uuid,
    removed_at = excluded.removed_at
