insert into groups (domain_uuid, group_uuid, group_name, group_weight, kind, department_uuid)
select $1, e.*
from unnest(
    $2::text[]::uuid[], $3::text[], $4::text[]::integer[], $5::text[], $6::text[]::uuid[]
) e
on conflict (domain_uuid, group_uuid) do update
set group_name = excluded.group_name, group_weight = excluded.group_weight,
    kind = excluded.kind, department_uuid = excluded.department_uuid
