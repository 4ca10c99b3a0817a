create temporary table if not exists touched_days (
    day date not null,
    starts_at timestamptz not null,
    ends_at timestamptz not null,
    user_uuid uuid
) on commit delete rows
