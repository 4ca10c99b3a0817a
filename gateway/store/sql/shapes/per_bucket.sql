-- Rows of figures per key and bucket: what they add up to.
select
    f.key,
    f.bucket,
    {measures}
from (
    {rows}
) f
group by f.key, f.bucket
