select outcome, count(*) as total
from judged_activities
group by outcome
