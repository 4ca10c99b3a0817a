-- Rows of figures per key: what they add up to.
select
    f.key,
    1 as bucket,
    {measures}
from (
    {rows}
) f
group by f.key
