-- A row for each of the numbers that a ring group rings, and one without where it rings none.
select g.ring_group_uuid, g.ring_group_name, d.destination_number
from v_ring_groups g
left join v_ring_group_destinations d
    on d.ring_group_uuid = g.ring_group_uuid and d.domain_uuid = $1
where g.domain_uuid = $1 and g.ring_group_name <> ''
order by g.ring_group_name, g.ring_group_uuid, d.destination_number
