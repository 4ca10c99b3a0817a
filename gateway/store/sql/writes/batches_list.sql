-- The latest $2 imports of the domain, the newest first.
select batch_uuid, kind, source, started_at, finished_at, undone_at, read_count, new_count,
    replaced_count, unchanged_count, deleted_count, rejected_count
from import_batches
where domain_uuid = $1
order by started_at desc, batch_uuid
limit $2
