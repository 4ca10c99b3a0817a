delete from call_quarters r
using touched_quarters t
where r.domain_uuid = $1 and r.starts_at = t.starts_at
