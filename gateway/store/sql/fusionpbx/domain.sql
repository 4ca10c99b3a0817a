select domain_uuid, domain_name
from v_domains
where domain_name = $1
