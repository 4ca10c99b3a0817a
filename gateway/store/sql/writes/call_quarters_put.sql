insert into call_quarters
select *
from counted_call_quarters
where domain_uuid = $1
