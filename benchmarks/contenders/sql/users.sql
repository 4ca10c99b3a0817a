-- Living users and the extension with the lowest number of each.
select
    u.user_uuid,
    u.username,
    u.first_name,
    u.middle_name,
    u.last_name,
    u.email,
    u.level,
    u.add_date,
    x.extension_uuid,
    x.extension
from users u
left join lateral (
    select extension_uuid, extension
    from extensions x
    where x.domain_uuid = $1 and x.user_uuid = u.user_uuid and x.removed_at is null
    order by extension
    limit 1
) x on true
where u.domain_uuid = $1 and u.removed_at is null
order by u.username, u.user_uuid
