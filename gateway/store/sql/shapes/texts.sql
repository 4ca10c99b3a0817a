-- Rows of figures per key and bucket as texts per key, in the order in which the rows come; the
-- texts of the last parameters part the figures.
select
    b.key,
    {texts}
from (
    {rows}
) b
group by b.key
