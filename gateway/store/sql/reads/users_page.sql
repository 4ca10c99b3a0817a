-- $8 names the order, $9 turns it round, $10 and $11 are the last row of the page before.
with matches as (
    select
        u.*,
        case $8::text
            when 'NAME' then concat_ws(' ', nullif(u.first_name, ''), nullif(u.middle_name, ''),
                nullif(u.last_name, ''))
            when 'EXTENSION' then coalesce((
                select min(x.extension)
                from extensions x
                where x.domain_uuid = $1 and x.user_uuid = u.user_uuid and x.removed_at is null
            ), '')
            else u.username
        end collate "C" as position
    {shapes/users_that_match}
)
select
    u.position,
    u.user_uuid as uuid,
    u.username,
    u.first_name,
    u.middle_name,
    u.last_name,
    u.email,
    u.level,
    u.add_date as add_date_text,
    u.added_at as add_date,
    u.removed_at
from matches u
where $10::text is null
    or (not $9::boolean and (u.position, u.user_uuid) > ($10::text collate "C", $11::uuid))
    or ($9::boolean and (u.position, u.user_uuid) < ($10::text collate "C", $11::uuid))
order by
    case when not $9::boolean then u.position end,
    case when not $9::boolean then u.user_uuid end,
    case when $9::boolean then u.position end desc,
    case when $9::boolean then u.user_uuid end desc
limit $12
