delete from group_members
where domain_uuid = $1 and (group_uuid, user_uuid) in (
    select * from unnest($2::text[]::uuid[], $3::text[]::uuid[])
)
