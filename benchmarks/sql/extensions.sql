-- An extension for each of $2 users.
insert into extensions (domain_uuid, extension_uuid, extension, user_uuid)
select
    $1::uuid,
    md5($1::uuid || ' extension ' || n)::uuid,
    (1000 + n)::text,
    md5($1::uuid || ' user ' || n)::uuid
from generate_series(0, $2::integer - 1) n
