update import_batches
set read_count = read_count + $3, new_count = new_count + $4,
    replaced_count = replaced_count + $5, unchanged_count = unchanged_count + $6,
    deleted_count = deleted_count + $7, rejected_count = rejected_count + $8, finished_at = $9
where domain_uuid = $1 and batch_uuid = $2 and undone_at is null
returning batch_uuid
