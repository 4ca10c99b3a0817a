insert into queues (domain_uuid, queue_uuid, queue_name, queue_extension)
select $1, e.*
from unnest($2::text[]::uuid[], $3::text[], $4::text[]) e
on conflict (domain_uuid, queue_uuid) do update
set queue_name = excluded.queue_name, queue_extension = excluded.queue_extension
