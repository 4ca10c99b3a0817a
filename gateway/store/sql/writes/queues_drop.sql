delete from queues
where domain_uuid = $1 and queue_uuid = any($2::text[]::uuid[])
