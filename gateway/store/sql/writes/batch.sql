select kind, source, started_at, finished_at, undone_at
from import_batches
where domain_uuid = $1 and batch_uuid = $2
