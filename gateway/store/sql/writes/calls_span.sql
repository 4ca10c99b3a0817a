select min(started_at) as first, max(started_at) as last
from calls
where domain_uuid = $1
