select outcome, count(*) as total
from judged_calls
group by outcome
