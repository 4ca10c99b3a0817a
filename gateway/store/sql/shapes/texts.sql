-- Rows of figures per key and bucket as two lists per key: the buckets with figures, and each one's
-- figures as a text, which the texts of the last parameter part.
select
    b.key,
    array_agg(b.bucket) as buckets,
    array_agg({text}) as texts
from (
    {rows}
) b
group by b.key
