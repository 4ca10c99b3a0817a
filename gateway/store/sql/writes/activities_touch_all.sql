-- Whose days ended activities reach; $2, $3 and $4 are adjoining local days, their beginnings and
-- their ends.
insert into touched_days (day, starts_at, ends_at, user_uuid)
select
    ($2::text[])[p.place]::date,
    ($3::text[])[p.place]::timestamptz,
    ($4::text[])[p.place]::timestamptz,
    p.user_uuid
from (
    select distinct d.place, a.user_uuid
    from ended_activities a
    cross join lateral generate_series(
        greatest(width_bucket(a.started_at, (select $3::text[]::timestamptz[])), 1),
        width_bucket(a.ended_at, (select $3::text[]::timestamptz[]))
    ) d (place)
    where a.domain_uuid = $1
        and a.started_at >= ($3::text[])[1]::timestamptz - interval '7 days'
        and a.started_at < ($4::text[])[cardinality($4::text[])]::timestamptz
) p
