-- All calls that start from $4 to $5, counted by credit and day; $2 are the days, $3 their beginnings.
insert into call_days (
    domain_uuid, user_uuid, day, extension_uuid, extension, direction,
    total_call,
    total_answered,
    total_no_answered,
    total_busy,
    total_busy_line,
    total_not_available,
    total_cancel,
    total_invalid,
    total_ivr,
    total_failed,
    total_congestion,
    total_phone_block,
    total_voicemail,
    total_unknown,
    total_duration,
    total_billsec,
    total_waitsec,
    total_answered_waitsec
)
select
    $1,
    c.user_uuid,
    d.day,
    c.extension_uuid,
    case when c.extension_uuid is null then c.extension else '' end,
    c.direction,
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
from call_figures c
join lateral (
    select ($2::text[])[width_bucket(c.started_at, (select $3::text[]::timestamptz[]))]::date as day
) d on true
where c.domain_uuid = $1 and c.started_at >= $4 and c.started_at < $5
group by 2, 3, 4, 5, 6
