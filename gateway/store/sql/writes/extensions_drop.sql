-- Out of the index of living numbers: for good, or until the number that moves has its new place.
update extensions
set removed_at = $3
where domain_uuid = $1 and extension_uuid = any($2::text[]::uuid[]) and removed_at is null
