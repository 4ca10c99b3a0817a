select
    m.group_uuid as key,
    u.user_uuid as uuid,
    u.username,
    u.first_name,
    u.middle_name,
    u.last_name,
    u.email,
    u.level,
    u.add_date as add_date_text,
    u.added_at as add_date,
    u.removed_at
from group_members m
join users u on u.domain_uuid = $1 and u.user_uuid = m.user_uuid
where m.domain_uuid = $1 and m.group_uuid = any(string_to_array($3::text, ',')::uuid[])
    and u.removed_at is null
    and ($2::text is null or u.user_uuid = any(string_to_array($2::text, ',')::uuid[]))
order by u.username, u.user_uuid
