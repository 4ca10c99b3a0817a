delete from calls c
using judged_calls j
where c.domain_uuid = $1 and c.call_uuid = j.call_uuid and j.outcome = 'deleted'
