insert into agent_days
select *
from counted_agent_days
where domain_uuid = $1
