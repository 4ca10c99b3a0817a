-- Batch $2 of kind $3 brings records of the sources $4.
insert into import_sources (domain_uuid, source, kind, batch_uuid)
select $1, e.source, $3, $2
from unnest($4::text[]) as e (source)
on conflict (domain_uuid, source, kind) do update
set batch_uuid = excluded.batch_uuid
where import_sources.batch_uuid <> excluded.batch_uuid
