insert into users (
    domain_uuid, user_uuid, username, first_name, middle_name, last_name, email, level, add_date,
    added_at, removed_at
)
select $1, e.*
from unnest(
    $2::text[]::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
    $9::text[], $10::text[]::timestamptz[], $11::text[]::timestamptz[]
) e
on conflict (domain_uuid, user_uuid) do update
set username = excluded.username, first_name = excluded.first_name,
    middle_name = excluded.middle_name, last_name = excluded.last_name, email = excluded.email,
    level = excluded.level, add_date = excluded.add_date, added_at = excluded.added_at,
    removed_at = excluded.removed_at
