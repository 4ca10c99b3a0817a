-- JWTs that are taken back: one by its id, or all of a subject that were issued until then.
create table jwt_revocations (
    domain_uuid uuid not null references domains,
    claim text collate "C" not null check (claim in ('jti', 'sub')),
    value text collate "C" not null check (value <> ''),
    revoked_at timestamptz not null,
    primary key (domain_uuid, claim, value)
);

alter table jwt_revocations enable row level security;

create policy tenant on jwt_revocations
    using (domain_uuid = nullif(current_setting('app.domain_uuid', true), '')::uuid);

grant select, insert, update, delete on jwt_revocations to gateway_service;
