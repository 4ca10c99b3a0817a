-- The latest import of kind $2 from $3 that began at $4 or later, unless it was taken back.
select batch_uuid
from import_batches
where domain_uuid = $1 and kind = $2 and source = $3 and started_at >= $4 and undone_at is null
order by started_at desc
limit 1
