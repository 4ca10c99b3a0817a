select domain_uuid, domain_name, time_zone, raw_since::timestamptz
from domains
order by domain_name
