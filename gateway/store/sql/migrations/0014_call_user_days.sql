-- stops: writers
-- The rollup that most reports read: what the rows of call_days add up to per user (or none) and
-- day, with a column for each measure, those of one direction too. Reports of some directions only,
-- and of extensions, read call_days.
create table call_user_days (
    domain_uuid uuid not null,
    user_uuid uuid,
    day date not null,
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
    total_inbound bigint not null,
    total_outbound bigint not null,
    total_local bigint not null,
    total_duration bigint not null,
    total_billsec bigint not null,
    total_waitsec bigint not null,
    total_answered_waitsec bigint not null,
    inbound_answered bigint not null,
    outbound_answered bigint not null,
    inbound_busy_line bigint not null,
    inbound_answered_waitsec bigint not null,
    unique nulls not distinct (domain_uuid, user_uuid, day)
);

insert into call_user_days
select
    r.domain_uuid,
    r.user_uuid,
    r.day,
    total(r.total_call),
    total(r.total_answered),
    total(r.total_no_answered),
    total(r.total_busy),
    total(r.total_busy_line),
    total(r.total_not_available),
    total(r.total_cancel),
    total(r.total_invalid),
    total(r.total_ivr),
    total(r.total_failed),
    total(r.total_congestion),
    total(r.total_phone_block),
    total(r.total_voicemail),
    total(r.total_unknown),
    total(r.total_call) filter (where r.direction = 'inbound'),
    total(r.total_call) filter (where r.direction = 'outbound'),
    total(r.total_call) filter (where r.direction = 'local'),
    total(r.total_duration),
    total(r.total_billsec),
    total(r.total_waitsec),
    total(r.total_answered_waitsec),
    total(r.total_answered) filter (where r.direction = 'inbound'),
    total(r.total_answered) filter (where r.direction = 'outbound'),
    total(r.total_busy_line) filter (where r.direction = 'inbound'),
    total(r.total_answered_waitsec) filter (where r.direction = 'inbound')
from call_days r
group by r.domain_uuid, r.user_uuid, r.day
order by r.domain_uuid, r.user_uuid, r.day;

create index call_user_days_by_day on call_user_days (domain_uuid, day);

alter table call_user_days enable row level security;

create policy tenant on call_user_days
    using (domain_uuid = nullif(current_setting('app.domain_uuid', true), '')::uuid);

grant select, insert, update, delete, maintain on call_user_days to gateway_service;

analyze call_user_days;
