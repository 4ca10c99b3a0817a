select count(*) as total
from undone_changes
where next_version is not null
