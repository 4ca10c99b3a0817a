create table domain_names (
    domain_name text collate "C" primary key check (domain_name <> ''),
    domain_uuid uuid not null unique
);

create table domains (
    domain_uuid uuid primary key,
    domain_name text collate "C" not null check (domain_name <> ''),
    time_zone text collate "C" not null,
    data_version bigint not null default 0,
    raw_since date
);

create table departments (
    domain_uuid uuid not null references domains,
    department_uuid uuid not null,
    department_name text collate "C" not null check (department_name <> ''),
    primary key (domain_uuid, department_uuid)
);

create index departments_by_name on departments (domain_uuid, department_name, department_uuid);

create table groups (
    domain_uuid uuid not null references domains,
    group_uuid uuid not null,
    group_name text collate "C" not null check (group_name <> ''),
    group_weight integer not null default 1,
    kind text collate "C" not null default 'team' check (kind in ('team', 'permission')),
    department_uuid uuid,
    primary key (domain_uuid, group_uuid),
    foreign key (domain_uuid, department_uuid) references departments
);

create index groups_by_name on groups (domain_uuid, group_name, group_uuid);

create index groups_by_department on groups (domain_uuid, department_uuid);

create table users (
    domain_uuid uuid not null references domains,
    user_uuid uuid not null,
    username text collate "C" not null check (username <> ''),
    first_name text collate "C" not null default '',
    middle_name text collate "C" not null default '',
    last_name text collate "C" not null default '',
    email text collate "C" not null default '',
    level text collate "C" not null default ''
        check (level in ('', 'agent', 'leader', 'manager', 'admin', 'superadmin')),
    add_date text collate "C" not null default '',
    added_at timestamptz,
    removed_at timestamptz,
    primary key (domain_uuid, user_uuid)
);

create unique index users_by_username on users (domain_uuid, username) where removed_at is null;

create table extensions (
    domain_uuid uuid not null references domains,
    extension_uuid uuid not null,
    extension text collate "C" not null check (extension <> ''),
    user_uuid uuid,
    removed_at timestamptz,
    primary key (domain_uuid, extension_uuid),
    foreign key (domain_uuid, user_uuid) references users
);

create unique index extensions_by_number on extensions (domain_uuid, extension)
    where removed_at is null;

create index extensions_by_user on extensions (domain_uuid, user_uuid, extension);

create table group_members (
    domain_uuid uuid not null references domains,
    group_uuid uuid not null,
    user_uuid uuid not null,
    primary key (domain_uuid, group_uuid, user_uuid),
    foreign key (domain_uuid, group_uuid) references groups on delete cascade,
    foreign key (domain_uuid, user_uuid) references users
);

create index group_members_by_user on group_members (domain_uuid, user_uuid, group_uuid);

create table queues (
    domain_uuid uuid not null references domains,
    queue_uuid uuid not null,
    queue_name text collate "C" not null check (queue_name <> ''),
    queue_extension text collate "C" not null default '',
    primary key (domain_uuid, queue_uuid)
);

-- Who belongs to a subject of statistics, each user once. Removed users stay: what they did counts.
create view subject_members with (security_invoker = true) as
select domain_uuid, 'user' as subject, user_uuid as subject_uuid, user_uuid
from users
union all
select domain_uuid, 'group', group_uuid, user_uuid
from group_members
union all
select distinct m.domain_uuid, 'department', g.department_uuid, m.user_uuid
from group_members m
join groups g on g.domain_uuid = m.domain_uuid and g.group_uuid = m.group_uuid
where g.department_uuid is not null
union all
select domain_uuid, 'domain', domain_uuid, user_uuid
from users;
