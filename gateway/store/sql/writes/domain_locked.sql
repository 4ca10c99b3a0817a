select domain_name, time_zone, data_version, raw_since
from domains
where domain_uuid = $1
for no key update
