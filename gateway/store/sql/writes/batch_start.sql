insert into import_batches (domain_uuid, batch_uuid, kind, source, started_at)
values ($1, $2, $3, $4, $5)
