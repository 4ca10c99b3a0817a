delete from groups
where domain_uuid = $1 and group_uuid = any($2::text[]::uuid[])
