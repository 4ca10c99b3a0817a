-- At most $3 calls from before $2, all if it is null; how many are gone.
with gone as (
    delete from calls c
    where c.domain_uuid = $1 and c.call_uuid in (
        select o.call_uuid
        from calls o
        where o.domain_uuid = $1 and o.started_at < $2::timestamptz
        order by o.started_at
        limit $3
    )
    returning 1
)
select count(*) as total
from gone
