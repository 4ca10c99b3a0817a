-- Who answers which queue. Older rows tell names only.
select distinct q.call_center_queue_uuid as queue_uuid, a.call_center_agent_uuid as agent_uuid
from v_call_center_tiers t
join v_call_center_queues q
    on q.domain_uuid = $1
    and (q.call_center_queue_uuid = t.call_center_queue_uuid
        or (t.call_center_queue_uuid is null and q.queue_name = t.queue_name))
join v_call_center_agents a
    on a.domain_uuid = $1
    and (a.call_center_agent_uuid = t.call_center_agent_uuid
        or (t.call_center_agent_uuid is null and a.agent_name = t.agent_name))
where t.domain_uuid = $1
order by 1, 2
