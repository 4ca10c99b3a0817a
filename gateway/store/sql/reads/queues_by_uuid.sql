select
    q.queue_uuid as uuid,
    q.queue_name as name,
    q.queue_extension as extension
from queues q
where q.domain_uuid = $1 and ($2::text is null or true)
    and q.queue_uuid = any(string_to_array($3::text, ',')::uuid[])
