-- Each source with its newest records: two probes of an index, however many records there are. One
-- that has nothing any more, and whose latest import was taken back, is none.
select
    s.source as name,
    f.newest_call,
    f.newest_activity,
    s.calls_batch_uuid,
    s.activities_batch_uuid
from (
    select
        i.source,
        (array_agg(i.batch_uuid) filter (where i.kind = 'calls'))[1] as calls_batch_uuid,
        (array_agg(i.batch_uuid) filter (where i.kind = 'activities'))[1] as activities_batch_uuid,
        bool_and(b.undone_at is not null) as undone
    from import_sources i
    left join import_batches b on b.domain_uuid = $1 and b.batch_uuid = i.batch_uuid
    where i.domain_uuid = $1 and ($2::text is null or true)
    group by i.source
) s
cross join lateral (
    select
        (
            select max(c.started_at)
            from calls c
            where c.domain_uuid = $1 and c.source = s.source
        ) as newest_call,
        (
            select max(a.started_at)
            from agent_activities a
            where a.domain_uuid = $1 and a.source = s.source
        ) as newest_activity
) f
where f.newest_call is not null or f.newest_activity is not null or not s.undone
order by s.source
limit $3
