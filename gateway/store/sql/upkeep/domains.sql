select domain_uuid, time_zone, raw_since
from domains
order by domain_uuid
