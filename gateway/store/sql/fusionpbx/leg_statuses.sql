select xml_cdr_uuid, status
from v_xml_cdr
where domain_uuid = $1 and xml_cdr_uuid = any($2::text[]::uuid[])
