create temporary table if not exists undone_changes (
    record_uuid uuid not null,
    version bigint not null,
    next_version bigint,
    before jsonb
) on commit delete rows
