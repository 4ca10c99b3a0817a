-- What there is to know of the server, of the role that asks, and of what it lacks.
select
    current_setting('server_version_num')::integer / 10000 as major,
    current_setting('server_version') as version,
    clock_timestamp() as now,
    current_user as role,
    pg_is_in_recovery() or current_setting('default_transaction_read_only') = 'on' as read_only,
    (
        select count(*) from pg_stat_activity a where a.backend_type = 'client backend'
    ) as connected,
    array(
        select c.relname::text
        from pg_class c
        where c.relnamespace = 'public'::regnamespace
            and c.relkind in ('r', 'v')
            and not has_table_privilege(c.oid, 'select')
        order by c.relname
    ) as hidden,
    array(
        select c.relname::text
        from pg_class c
        where c.relnamespace = 'public'::regnamespace
            and c.relkind = 'r'
            and c.relname <> 'schema_migrations'
            and not (has_table_privilege(c.oid, 'insert') and has_table_privilege(c.oid, 'update')
                and has_table_privilege(c.oid, 'delete'))
        order by c.relname
    ) as unwritable,
    array(
        select c.relname::text
        from pg_class c
        where c.relnamespace = 'public'::regnamespace
            and c.relkind = 'r'
            and c.relname <> 'schema_migrations'
            and not c.relrowsecurity
        order by c.relname
    ) as unguarded
