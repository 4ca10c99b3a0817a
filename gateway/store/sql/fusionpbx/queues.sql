select call_center_queue_uuid as queue_uuid, queue_name, queue_extension
from v_call_center_queues
where domain_uuid = $1 and queue_name <> ''
order by queue_name, call_center_queue_uuid
