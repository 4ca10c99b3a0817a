-- The rows that the batch replaces or deletes, as they were. What the batch itself wrote before is
-- not remembered: taking the batch back goes beyond it.
insert into import_changes (domain_uuid, record, record_uuid, data_version, batch_uuid, before)
select $1, 'call', c.call_uuid, $3, $2, to_jsonb(c)
from judged_calls j
join calls c on c.domain_uuid = $1 and c.call_uuid = j.call_uuid
where j.outcome in ('replaced', 'deleted') and c.batch_uuid <> $2
