-- Rows of figures per key and bucket as two lists per key: the buckets with figures, and each one's
-- figures as a text; and, if that is asked for, a text of all buckets together. The texts of the last
-- parameters part the figures.
select
    b.key,
    array_agg(b.bucket) as buckets,
    array_agg({text}) as texts{whole}
from (
    {rows}
) b
group by b.key
