-- Taking the change after the undone one back must go to where the undone one began.
update import_changes m
set before = u.before
from undone_changes u
where m.domain_uuid = $1 and m.record = $2 and m.record_uuid = u.record_uuid
    and m.data_version = u.next_version
