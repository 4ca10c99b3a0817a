-- Which rule decided the status; '' where the record told none.
alter table calls add column status_rule text collate "C" not null default '';

alter table agent_activities add column source text collate "C" not null default '';

-- For the newest record of each source, which deletions, undo and retention may take away.
create index calls_by_source on calls (domain_uuid, source, started_at);

create index agent_activities_by_source on agent_activities (domain_uuid, source, started_at);

-- The sources that imports brought records of, each with the latest import that did.
create table import_sources (
    domain_uuid uuid not null references domains,
    source text collate "C" not null,
    kind text collate "C" not null check (kind in ('calls', 'activities')),
    batch_uuid uuid not null,
    primary key (domain_uuid, source, kind)
);

alter table import_sources enable row level security;

create policy tenant on import_sources
    using (domain_uuid = nullif(current_setting('app.domain_uuid', true), '')::uuid);

grant select, insert, update, delete on import_sources to gateway_service;

insert into import_sources (domain_uuid, source, kind, batch_uuid)
select s.domain_uuid, s.source, 'calls', newest.batch_uuid
from (select distinct domain_uuid, source from calls) s
cross join lateral (
    select c.batch_uuid
    from calls c
    where c.domain_uuid = s.domain_uuid and c.source = s.source
    order by c.started_at desc
    limit 1
) newest;

insert into import_sources (domain_uuid, source, kind, batch_uuid)
select s.domain_uuid, s.source, 'activities', newest.batch_uuid
from (select distinct domain_uuid, source from agent_activities) s
cross join lateral (
    select a.batch_uuid
    from agent_activities a
    where a.domain_uuid = s.domain_uuid and a.source = s.source
    order by a.started_at desc
    limit 1
) newest;
