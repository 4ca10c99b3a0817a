-- Where batch $2 stands in the history of each activity that it touched: see calls_undo_find.
insert into undone_changes (record_uuid, version, next_version, before)
with touched as (
    select activity_uuid as record_uuid
    from agent_activities
    where domain_uuid = $1 and batch_uuid = $2
    union
    select record_uuid
    from import_changes
    where domain_uuid = $1 and record = 'activity'
        and (batch_uuid = $2 or (before ->> 'batch_uuid')::uuid = $2)
),
history as (
    select m.record_uuid, m.data_version, m.batch_uuid, m.before
    from touched t
    join import_changes m
        on m.domain_uuid = $1 and m.record = 'activity' and m.record_uuid = t.record_uuid
),
oldest as (
    select distinct on (record_uuid) record_uuid, before
    from history
    order by record_uuid, data_version
),
steps as (
    select record_uuid, data_version, batch_uuid, before
    from history
    union all
    select t.record_uuid, 0, $2, null
    from touched t
    left join oldest o on o.record_uuid = t.record_uuid
    where o.record_uuid is null or (o.before ->> 'batch_uuid')::uuid = $2
),
ordered as (
    select
        record_uuid, data_version, before, batch_uuid = $2 as ours,
        lag(batch_uuid = $2, 1, false) over by_record as after_ours,
        min(data_version) filter (where batch_uuid <> $2) over (
            by_record rows between 1 following and unbounded following
        ) as next_version
    from steps
    window by_record as (partition by record_uuid order by data_version)
)
select record_uuid, data_version, next_version, before
from ordered
where ours and not after_ours
