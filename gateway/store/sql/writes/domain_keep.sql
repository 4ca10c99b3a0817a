update domains
set raw_since = $2
where domain_uuid = $1
