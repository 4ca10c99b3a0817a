create temporary table if not exists incoming_activities (
    position integer not null,
    activity_uuid uuid not null,
    deleted boolean not null,
    username text collate "C",
    user_uuid uuid,
    state text collate "C",
    started_at timestamptz,
    seconds integer,
    pause_code text collate "C",
    source text collate "C"
) on commit delete rows
