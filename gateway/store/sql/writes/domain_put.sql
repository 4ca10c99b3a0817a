update domains
set domain_name = $2, time_zone = $3
where domain_uuid = $1
