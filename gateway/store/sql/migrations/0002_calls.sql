create table import_batches (
    domain_uuid uuid not null references domains,
    batch_uuid uuid not null,
    kind text collate "C" not null check (kind in ('directory', 'calls', 'activities')),
    source text collate "C" not null,
    started_at timestamptz not null,
    finished_at timestamptz,
    undone_at timestamptz,
    read_count bigint not null default 0,
    new_count bigint not null default 0,
    replaced_count bigint not null default 0,
    unchanged_count bigint not null default 0,
    deleted_count bigint not null default 0,
    rejected_count bigint not null default 0,
    primary key (domain_uuid, batch_uuid)
);

create index import_batches_by_start on import_batches (domain_uuid, started_at);

-- No foreign keys: they more than double the time of an import. The writes keep what they say.
create table calls (
    domain_uuid uuid not null,
    call_uuid uuid not null,
    started_at timestamptz not null,
    direction text collate "C" not null check (direction in ('inbound', 'outbound', 'local')),
    status text collate "C" not null check (status in (
        'answered', 'no_answered', 'busy', 'busy_line', 'not_available', 'cancel', 'invalid',
        'ivr', 'failed', 'congestion', 'phone_block', 'voicemail', 'unknown'
    )),
    duration integer not null,
    billsec integer not null,
    waitsec integer not null generated always as (duration - billsec) stored,
    queue_waitsec integer check (queue_waitsec >= 0),
    extension_uuid uuid,
    extension text collate "C" not null default '',
    user_uuid uuid,
    queue_uuid uuid,
    caller_number text collate "C" not null default '',
    callee_number text collate "C" not null default '',
    hangup_cause text collate "C" not null default '',
    source text collate "C" not null default '',
    source_key text collate "C" not null default '',
    batch_uuid uuid not null,
    primary key (domain_uuid, call_uuid),
    check (billsec between 0 and duration),
    check (status = 'answered' or billsec = 0)
);

create index calls_by_start on calls (domain_uuid, started_at, call_uuid);

create index calls_by_user on calls (domain_uuid, user_uuid, started_at, call_uuid);

create index calls_by_extension on calls (domain_uuid, extension_uuid, started_at, call_uuid);

create index calls_by_unknown_number on calls (domain_uuid, extension)
    where extension_uuid is null and extension <> '';

-- An activity lasts at most a week, so that a read can bound where to look for those that reach
-- into its period.
create table agent_activities (
    domain_uuid uuid not null,
    activity_uuid uuid not null,
    user_uuid uuid not null,
    state text collate "C" not null check (state in ('pause', 'wait', 'talk', 'dispo')),
    started_at timestamptz not null,
    seconds integer check (seconds between 0 and 604800),
    pause_code text collate "C" not null default '',
    batch_uuid uuid not null,
    primary key (domain_uuid, activity_uuid)
);

create index agent_activities_by_user on agent_activities (domain_uuid, user_uuid, started_at);

create index agent_activities_by_start on agent_activities (domain_uuid, started_at);

-- The history of the records that changed after they were first stored, so that a batch can be taken
-- back: `before` is the row as it was before the change, null if there was none. The change that
-- stored a record first has no row here: the record's `batch_uuid` tells of it. `data_version` is
-- the version that the change made, and so its place in the record's history.
create table import_changes (
    domain_uuid uuid not null,
    record text collate "C" not null check (record in ('call', 'activity')),
    record_uuid uuid not null,
    data_version bigint not null,
    batch_uuid uuid not null,
    before jsonb,
    primary key (domain_uuid, record, record_uuid, data_version)
);

create index import_changes_by_batch on import_changes (domain_uuid, batch_uuid);
