select queue_uuid, queue_name, queue_extension
from queues
where domain_uuid = $1
