insert into call_days
select *
from counted_call_days
where domain_uuid = $1
