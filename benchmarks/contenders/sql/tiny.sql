select first_name
from users
where domain_uuid = $1 and username = $2 and removed_at is null
