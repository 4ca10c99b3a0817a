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
    from users u
    where u.domain_uuid = $1 and u.removed_at is null
        and ($2::text is null or u.user_uuid = any(string_to_array($2::text, ',')::uuid[]))
        and ($3::text is null or exists (
            select from group_members m
            where m.domain_uuid = $1 and m.user_uuid = u.user_uuid
                and m.group_uuid = any(string_to_array($3::text, ',')::uuid[])
        ))
        and ($4::text is null or exists (
            select from group_members m
            join groups g on g.domain_uuid = $1 and g.group_uuid = m.group_uuid
            where m.domain_uuid = $1 and m.user_uuid = u.user_uuid
                and g.department_uuid = any(string_to_array($4::text, ',')::uuid[])
        ))
        and ($5::text[] is null or u.level = any($5::text[]))
        and ($6::boolean is null or $6 = exists (
            select from extensions x
            where x.domain_uuid = $1 and x.user_uuid = u.user_uuid and x.removed_at is null
        ))
        and ($7::text is null or u.username collate "default" ilike $7
            or u.email collate "default" ilike $7
            or concat_ws(' ', u.first_name, u.middle_name, u.last_name) collate "default" ilike $7)
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
