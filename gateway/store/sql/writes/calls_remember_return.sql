-- A call that was deleted once and comes again continues its history.
insert into import_changes (domain_uuid, record, record_uuid, data_version, batch_uuid, before)
select $1, 'call', j.call_uuid, $3, $2, null
from judged_calls j
where j.outcome = 'new' and exists (
    select from import_changes m
    where m.domain_uuid = $1 and m.record = 'call' and m.record_uuid = j.call_uuid
)
