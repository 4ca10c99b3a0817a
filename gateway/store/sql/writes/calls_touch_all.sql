-- Whose days have calls; $2, $3 and $4 are adjoining local days, their beginnings and their ends.
insert into touched_days (day, starts_at, ends_at, user_uuid)
select
    ($2::text[])[p.place]::date,
    ($3::text[])[p.place]::timestamptz,
    ($4::text[])[p.place]::timestamptz,
    p.user_uuid
from (
    select distinct
        width_bucket(c.started_at, (select $3::text[]::timestamptz[])) as place,
        c.user_uuid
    from calls c
    where c.domain_uuid = $1
        and c.started_at >= ($3::text[])[1]::timestamptz
        and c.started_at < ($4::text[])[cardinality($4::text[])]::timestamptz
) p
