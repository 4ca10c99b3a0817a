-- stops: writers
-- The rollup of the domain's timelines by hour: what the calls of a quarter hour, counted from the
-- epoch, add up to, per direction. It equals its calls at every commit; a row exists only where
-- calls do. It has no users: what it adds up to is for those who see the whole domain.
create table call_quarters (
    domain_uuid uuid not null,
    starts_at timestamptz not null,
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
    primary key (domain_uuid, starts_at, direction)
);

alter table call_quarters enable row level security;

create policy tenant on call_quarters
    using (domain_uuid = nullif(current_setting('app.domain_uuid', true), '')::uuid);

grant select, insert, update, delete, maintain on call_quarters to gateway_service;
