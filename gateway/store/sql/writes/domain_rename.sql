update domain_names
set domain_name = $2
where domain_uuid = $1
