-- The touched quarter hours, counted from the calls.
insert into counted_call_quarters (
    domain_uuid, starts_at, direction,
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
select $1, t.starts_at, f.*
from touched_quarters t
cross join lateral (
    select
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
    where c.domain_uuid = $1
        and c.started_at >= t.starts_at and c.started_at < t.starts_at + interval '15 minutes'
    group by c.direction
) f
