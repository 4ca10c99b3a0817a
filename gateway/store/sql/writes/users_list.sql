select
    user_uuid, username, first_name, middle_name, last_name, email, level, add_date, added_at,
    removed_at
from users
where domain_uuid = $1
