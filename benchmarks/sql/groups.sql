-- $2 teams in $3 departments.
insert into groups (domain_uuid, group_uuid, group_name, department_uuid)
select
    $1::uuid,
    md5($1::uuid || ' group ' || n)::uuid,
    'Team ' || n,
    md5($1::uuid || ' department ' || n % $3::integer)::uuid
from generate_series(0, $2::integer - 1) n
