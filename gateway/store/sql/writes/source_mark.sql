select mark
from source_marks
where domain_uuid = $1 and source = $2
