insert into domain_names (domain_uuid, domain_name)
values ($1, $2)
