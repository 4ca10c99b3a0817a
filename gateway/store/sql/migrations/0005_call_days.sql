-- stops: writers
-- What a call adds to each stored measure.
create view call_figures with (security_invoker = true) as
select
    domain_uuid,
    call_uuid,
    started_at,
    direction,
    status,
    user_uuid,
    extension_uuid,
    extension,
    caller_number,
    callee_number,
    1 as total_call,
    (status = 'answered')::integer as total_answered,
    (status = 'no_answered')::integer as total_no_answered,
    (status = 'busy')::integer as total_busy,
    (status = 'busy_line')::integer as total_busy_line,
    (status = 'not_available')::integer as total_not_available,
    (status = 'cancel')::integer as total_cancel,
    (status = 'invalid')::integer as total_invalid,
    (status = 'ivr')::integer as total_ivr,
    (status = 'failed')::integer as total_failed,
    (status = 'congestion')::integer as total_congestion,
    (status = 'phone_block')::integer as total_phone_block,
    (status = 'voicemail')::integer as total_voicemail,
    (status = 'unknown')::integer as total_unknown,
    duration as total_duration,
    billsec as total_billsec,
    waitsec as total_waitsec,
    case when status = 'answered' then waitsec else 0 end as total_answered_waitsec
from calls;

-- The rollup: what the calls of a local day of the domain's zone add up to, per credit and
-- direction. It equals its calls at every commit; a row exists only where calls do. `extension` is
-- the number of calls whose extension the directory does not know, else empty.
create table call_days (
    domain_uuid uuid not null,
    user_uuid uuid,
    day date not null,
    extension_uuid uuid,
    extension text collate "C" not null default '',
    direction text collate "C" not null,
    total_call bigint not null,
    total_answered bigint not null,
    total_no_answered bigint not null,
    total_busy bigint not null,
    total_busy_line bigint not null,
    total_not_available bigint not null,
    total_cancel bigint not null,
    total_invalid bigint not null,
    total_ivr bigint not null,
    total_failed bigint not null,
    total_congestion bigint not null,
    total_phone_block bigint not null,
    total_voicemail bigint not null,
    total_unknown bigint not null,
    total_duration bigint not null,
    total_billsec bigint not null,
    total_waitsec bigint not null,
    total_answered_waitsec bigint not null,
    unique nulls not distinct
        (domain_uuid, user_uuid, day, extension_uuid, extension, direction)
);

create index call_days_by_day on call_days (domain_uuid, day);

create index call_days_by_extension on call_days (domain_uuid, extension_uuid, day);

alter table call_days enable row level security;

create policy tenant on call_days
    using (domain_uuid = nullif(current_setting('app.domain_uuid', true), '')::uuid);

grant select, insert, update, delete, maintain on call_days to gateway_service;

grant select on call_figures to gateway_service;
