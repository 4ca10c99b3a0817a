-- The second wall: the service's role sees rows of the tenant that the transaction names, no other.
-- After the transaction the setting is '', not null.
grant usage on schema public to gateway_service;

grant select on schema_migrations to gateway_service;

grant select, insert, update, delete on
    domain_names, domains, departments, groups, users, extensions, group_members, queues,
    import_batches, calls, agent_activities, import_changes, tokens
    to gateway_service;

grant select on subject_members to gateway_service;

-- To gather statistics after a large import.
grant maintain on
    domains, departments, groups, users, extensions, group_members, calls, agent_activities
    to gateway_service;

alter table domain_names enable row level security;

create policy named_or_own on domain_names using (
    domain_name = nullif(current_setting('app.domain_name', true), '')
    or domain_uuid = nullif(current_setting('app.domain_uuid', true), '')::uuid
);

alter table domains enable row level security;

create policy tenant on domains
    using (domain_uuid = nullif(current_setting('app.domain_uuid', true), '')::uuid);

alter table departments enable row level security;

create policy tenant on departments
    using (domain_uuid = nullif(current_setting('app.domain_uuid', true), '')::uuid);

alter table groups enable row level security;

create policy tenant on groups
    using (domain_uuid = nullif(current_setting('app.domain_uuid', true), '')::uuid);

alter table users enable row level security;

create policy tenant on users
    using (domain_uuid = nullif(current_setting('app.domain_uuid', true), '')::uuid);

alter table extensions enable row level security;

create policy tenant on extensions
    using (domain_uuid = nullif(current_setting('app.domain_uuid', true), '')::uuid);

alter table group_members enable row level security;

create policy tenant on group_members
    using (domain_uuid = nullif(current_setting('app.domain_uuid', true), '')::uuid);

alter table queues enable row level security;

create policy tenant on queues
    using (domain_uuid = nullif(current_setting('app.domain_uuid', true), '')::uuid);

alter table import_batches enable row level security;

create policy tenant on import_batches
    using (domain_uuid = nullif(current_setting('app.domain_uuid', true), '')::uuid);

alter table calls enable row level security;

create policy tenant on calls
    using (domain_uuid = nullif(current_setting('app.domain_uuid', true), '')::uuid);

alter table agent_activities enable row level security;

create policy tenant on agent_activities
    using (domain_uuid = nullif(current_setting('app.domain_uuid', true), '')::uuid);

alter table import_changes enable row level security;

create policy tenant on import_changes
    using (domain_uuid = nullif(current_setting('app.domain_uuid', true), '')::uuid);

alter table tokens enable row level security;

create policy tenant on tokens
    using (domain_uuid = nullif(current_setting('app.domain_uuid', true), '')::uuid);
