-- Each of $2 users is in one of $3 teams, every eighth in the next one too; the managers of the $4
-- departments are in all teams of theirs.
insert into group_members (domain_uuid, group_uuid, user_uuid)
select $1::uuid, md5($1::uuid || ' group ' || g)::uuid, md5($1::uuid || ' user ' || n)::uuid
from generate_series(0, $2::integer - 1) n
cross join generate_series(0, $3::integer - 1) g
where g = n % $3::integer
    or (n % 8 = 7 and g = (n + 1) % $3::integer)
    or (n >= $3::integer and n < $3::integer + $4::integer
        and g % $4::integer = n - $3::integer)
