select domain_uuid
from domain_names
where domain_name = $1
