-- The groups that the domain's users are in; a group without a domain is all domains' own. Older
-- rows of v_user_groups name their group only.
select distinct g.group_uuid, g.group_name, u.user_uuid
from v_user_groups m
join v_users u on u.user_uuid = m.user_uuid and u.domain_uuid = $1 and u.username <> ''
join v_groups g
    on g.group_uuid = m.group_uuid
    or (m.group_uuid is null and g.group_name = m.group_name)
where (g.domain_uuid = $1 or g.domain_uuid is null) and g.group_name <> ''
order by g.group_name, g.group_uuid, u.user_uuid
