select domain_uuid, domain_name, time_zone
from domains
order by domain_name
