-- A token's text names the domain; only its SHA-256 is stored. A session and a refresh token come
-- from a token that an operator made (`parent_uuid`) and die with it.
create table tokens (
    domain_uuid uuid not null references domains,
    token_uuid uuid not null,
    token_hash bytea not null,
    kind text collate "C" not null default 'api' check (kind in ('api', 'session', 'refresh')),
    parent_uuid uuid,
    role text collate "C" not null
        check (role in ('superadmin', 'admin', 'manager', 'leader', 'agent')),
    user_uuid uuid,
    token_name text collate "C" not null check (token_name <> ''),
    created_at timestamptz not null,
    expires_at timestamptz,
    revoked_at timestamptz,
    last_used_at timestamptz,
    primary key (domain_uuid, token_uuid),
    foreign key (domain_uuid, parent_uuid) references tokens on delete cascade
);

create unique index tokens_by_hash on tokens (domain_uuid, token_hash);
