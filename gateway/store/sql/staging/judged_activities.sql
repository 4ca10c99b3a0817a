create temporary table if not exists judged_activities (
    position integer,
    outcome text collate "C" not null,
    reason text collate "C",
    activity_uuid uuid not null,
    user_uuid uuid,
    state text collate "C",
    started_at timestamptz,
    seconds integer,
    pause_code text collate "C",
    source text collate "C",
    batch_uuid uuid not null
) on commit delete rows
