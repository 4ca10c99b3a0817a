-- Of a hundred quarter hours by chance, and those of the newest calls: where the stored calls are
-- not as many as there are. None, unless something broke.
with chosen as (
    (
        select q.starts_at
        from call_quarters q
        where q.domain_uuid = $1
        order by random()
        limit 100
    )
    union
    (
        select date_bin('15 minutes', c.started_at, 'epoch') as starts_at
        from calls c
        where c.domain_uuid = $1
        order by c.started_at desc
        limit 1000
    )
),
looked_at as (
    select
        s.starts_at,
        (
            select coalesce(sum(q.total_call), 0)
            from call_quarters q
            where q.domain_uuid = $1 and q.starts_at = s.starts_at
        ) as stored,
        (
            select count(*)
            from calls c
            where c.domain_uuid = $1
                and c.started_at >= s.starts_at
                and c.started_at < s.starts_at + interval '15 minutes'
        ) as counted
    from chosen s
)
select l.starts_at, l.stored, l.counted
from looked_at l
where l.stored <> l.counted
order by l.starts_at
