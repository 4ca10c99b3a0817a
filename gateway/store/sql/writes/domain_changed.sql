update domains
set data_version = $2
where domain_uuid = $1
