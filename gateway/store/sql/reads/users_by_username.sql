select
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
from users u
where u.domain_uuid = $1 and u.removed_at is null
    and ($2::text is null or u.user_uuid = any(string_to_array($2::text, ',')::uuid[]))
    and u.username = any($3::text[])
