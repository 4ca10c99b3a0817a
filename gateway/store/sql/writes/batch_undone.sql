update import_batches
set undone_at = $3
where domain_uuid = $1 and batch_uuid = $2
