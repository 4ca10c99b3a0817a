select call_center_agent_uuid as agent_uuid, agent_name, agent_id, agent_contact, user_uuid
from v_call_center_agents
where domain_uuid = $1
order by agent_name, call_center_agent_uuid
