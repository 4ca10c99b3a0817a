-- How often tokens of the domain were taken back: whoever holds a stream open looks at it. It is
-- not in the domain's row, which a write locks, for nothing should keep a revocation waiting.
create table revocations (
    domain_uuid uuid primary key references domains,
    revocation_count bigint not null
);

alter table revocations enable row level security;

create policy tenant on revocations
    using (domain_uuid = nullif(current_setting('app.domain_uuid', true), '')::uuid);

grant select, insert, update, delete on revocations to gateway_service;

-- Streams of several domains look for changes in one statement. Of domains other than its
-- transaction's the service's role learns these two numbers, where it knows the uuid, and no more.
create function domain_versions(asked uuid[])
    returns table (domain_uuid uuid, data_version bigint, revocation_count bigint)
    language sql stable security definer set search_path = pg_catalog, pg_temp
    as $$
        select d.domain_uuid, d.data_version, coalesce(r.revocation_count, 0)
        from public.domains d
        left join public.revocations r on r.domain_uuid = d.domain_uuid
        where d.domain_uuid = any(asked)
    $$;

revoke execute on function domain_versions(uuid[]) from public;

grant execute on function domain_versions(uuid[]) to gateway_service;
