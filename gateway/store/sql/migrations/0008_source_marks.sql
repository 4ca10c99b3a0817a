-- Up to where a followed source has been read: `mark` is a moment of its own clock.
create table source_marks (
    domain_uuid uuid not null references domains,
    source text collate "C" not null,
    mark timestamptz not null,
    primary key (domain_uuid, source)
);

alter table source_marks enable row level security;

create policy tenant on source_marks
    using (domain_uuid = nullif(current_setting('app.domain_uuid', true), '')::uuid);

grant select, insert, update, delete on source_marks to gateway_service;
