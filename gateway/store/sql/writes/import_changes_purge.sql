-- The history of records from before $2 that are gone.
delete from import_changes m
where m.domain_uuid = $1 and (m.before ->> 'started_at')::timestamptz < $2::timestamptz
    and not exists (
        select from calls c where c.domain_uuid = $1 and c.call_uuid = m.record_uuid
    )
    and not exists (
        select from agent_activities a where a.domain_uuid = $1 and a.activity_uuid = m.record_uuid
    )
