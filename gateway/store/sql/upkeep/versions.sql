select domain_uuid, data_version, revocation_count
from domain_versions($1::text[]::uuid[])
