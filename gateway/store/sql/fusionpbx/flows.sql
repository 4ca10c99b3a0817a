-- What became of the calls $2 one after another, as FreeSWITCH told it.
select xml_cdr_uuid, call_flow::text as call_flow
from v_xml_cdr_flow
where domain_uuid = $1 and xml_cdr_uuid = any($2::text[]::uuid[])
