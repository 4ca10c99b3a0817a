create temporary table if not exists touched_quarters (
    starts_at timestamptz not null
) on commit delete rows
