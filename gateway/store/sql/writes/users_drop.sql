-- Out of the index of living usernames: for good, or until the name that moves has its new user.
update users
set removed_at = $3
where domain_uuid = $1 and user_uuid = any($2::text[]::uuid[]) and removed_at is null
