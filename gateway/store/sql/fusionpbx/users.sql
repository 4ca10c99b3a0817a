select
    u.user_uuid, u.username, u.user_email, u.add_date,
    c.contact_name_given, c.contact_name_middle, c.contact_name_family
from v_users u
left join v_contacts c on c.contact_uuid = u.contact_uuid and c.domain_uuid = u.domain_uuid
where u.domain_uuid = $1 and u.username <> ''
order by u.username, u.user_uuid
