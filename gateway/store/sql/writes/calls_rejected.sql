select position, reason
from judged_calls
where outcome = 'rejected'
order by position
