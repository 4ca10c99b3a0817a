-- A row for each of an extension's users, and one without where it has none.
select e.extension_uuid, e.extension, u.user_uuid
from v_extensions e
left join v_extension_users x on x.extension_uuid = e.extension_uuid and x.domain_uuid = $1
left join v_users u
    on u.user_uuid = x.user_uuid and u.domain_uuid = $1 and u.username <> ''
where e.domain_uuid = $1 and e.extension <> ''
order by e.extension, e.extension_uuid, u.username, u.user_uuid
