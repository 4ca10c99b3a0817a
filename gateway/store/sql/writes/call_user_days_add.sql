-- The counted days on top of what is stored: of days that can no longer be counted whole.
insert into call_user_days as r (
    domain_uuid,
    user_uuid,
    day,
    {names}
)
{shapes/counted_user_days}
on conflict (domain_uuid, user_uuid, day) do update
set
    total_call = r.total_call + excluded.total_call,
    total_answered = r.total_answered + excluded.total_answered,
    total_no_answered = r.total_no_answered + excluded.total_no_answered,
    total_busy = r.total_busy + excluded.total_busy,
    total_busy_line = r.total_busy_line + excluded.total_busy_line,
    total_not_available = r.total_not_available + excluded.total_not_available,
    total_cancel = r.total_cancel + excluded.total_cancel,
    total_invalid = r.total_invalid + excluded.total_invalid,
    total_ivr = r.total_ivr + excluded.total_ivr,
    total_failed = r.total_failed + excluded.total_failed,
    total_congestion = r.total_congestion + excluded.total_congestion,
    total_phone_block = r.total_phone_block + excluded.total_phone_block,
    total_voicemail = r.total_voicemail + excluded.total_voicemail,
    total_unknown = r.total_unknown + excluded.total_unknown,
    total_inbound = r.total_inbound + excluded.total_inbound,
    total_outbound = r.total_outbound + excluded.total_outbound,
    total_local = r.total_local + excluded.total_local,
    total_duration = r.total_duration + excluded.total_duration,
    total_billsec = r.total_billsec + excluded.total_billsec,
    total_waitsec = r.total_waitsec + excluded.total_waitsec,
    total_answered_waitsec = r.total_answered_waitsec + excluded.total_answered_waitsec,
    inbound_answered = r.inbound_answered + excluded.inbound_answered,
    outbound_answered = r.outbound_answered + excluded.outbound_answered,
    inbound_busy_line = r.inbound_busy_line + excluded.inbound_busy_line,
    inbound_answered_waitsec = r.inbound_answered_waitsec + excluded.inbound_answered_waitsec
