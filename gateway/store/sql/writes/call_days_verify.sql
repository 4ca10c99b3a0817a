-- Days whose rollup differs from their calls: what is stored and what is counted, side by side.
-- $2 are the days from $4 to $5, $3 their beginnings.
with counted as (
    select
        c.user_uuid,
        d.day,
        c.extension_uuid,
        case when c.extension_uuid is null then c.extension else '' end as extension,
        c.direction,
        array[
            sum(c.total_call),
            sum(c.total_answered),
            sum(c.total_no_answered),
            sum(c.total_busy),
            sum(c.total_busy_line),
            sum(c.total_not_available),
            sum(c.total_cancel),
            sum(c.total_invalid),
            sum(c.total_ivr),
            sum(c.total_failed),
            sum(c.total_congestion),
            sum(c.total_phone_block),
            sum(c.total_voicemail),
            sum(c.total_unknown),
            sum(c.total_duration),
            sum(c.total_billsec),
            sum(c.total_waitsec),
            sum(c.total_answered_waitsec)
        ]::bigint[] as figures
    from call_figures c
    join lateral (
        select ($2::text[])[width_bucket(c.started_at, (select $3::text[]::timestamptz[]))]::date
            as day
    ) d on true
    where c.domain_uuid = $1 and c.started_at >= $4 and c.started_at < $5
    group by 1, 2, 3, 4, 5
),
stored as (
    select
        r.user_uuid,
        r.day,
        r.extension_uuid,
        r.extension,
        r.direction,
        array[
            r.total_call,
            r.total_answered,
            r.total_no_answered,
            r.total_busy,
            r.total_busy_line,
            r.total_not_available,
            r.total_cancel,
            r.total_invalid,
            r.total_ivr,
            r.total_failed,
            r.total_congestion,
            r.total_phone_block,
            r.total_voicemail,
            r.total_unknown,
            r.total_duration,
            r.total_billsec,
            r.total_waitsec,
            r.total_answered_waitsec
        ]::bigint[] as figures
    from call_days r
    where r.domain_uuid = $1 and ($6::date is null or r.day >= $6)
)
select
    coalesce(s.day, c.day) as day,
    coalesce(s.user_uuid, c.user_uuid) as user_uuid,
    coalesce(s.extension_uuid, c.extension_uuid) as extension_uuid,
    coalesce(s.direction, c.direction) as direction,
    s.figures[1] as stored,
    c.figures[1] as counted
from stored s
full join counted c on c.day = s.day and c.direction = s.direction and c.extension = s.extension
    and coalesce(c.user_uuid, $1) = coalesce(s.user_uuid, $1)
    and coalesce(c.extension_uuid, $1) = coalesce(s.extension_uuid, $1)
where s.figures is distinct from c.figures
order by 1, 2, 3, 4
