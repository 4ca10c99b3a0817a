select json_build_object('data', json_build_object('user', (
    select json_build_object('firstName', first_name)
    from users
    where domain_uuid = $1 and username = $2 and removed_at is null
)))::text
