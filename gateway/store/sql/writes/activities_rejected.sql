select position, reason
from judged_activities
where outcome = 'rejected'
order by position
