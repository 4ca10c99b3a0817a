-- The rows that the batch replaces or deletes, as they were. What the batch itself wrote before is
-- not remembered: taking the batch back goes beyond it.
insert into import_changes (domain_uuid, record, record_uuid, data_version, batch_uuid, before)
select $1, 'activity', a.activity_uuid, $3, $2, to_jsonb(a)
from judged_activities j
join agent_activities a on a.domain_uuid = $1 and a.activity_uuid = j.activity_uuid
where j.outcome in ('replaced', 'deleted') and a.batch_uuid <> $2
