-- What came in how is for viewers who see everything: a batch counts records of all users.
select
    b.batch_uuid as uuid,
    b.kind,
    b.source as origin,
    b.started_at,
    b.finished_at,
    b.undone_at,
    b.read_count as read,
    b.new_count as new,
    b.replaced_count as replaced,
    b.unchanged_count as unchanged,
    b.deleted_count as deleted,
    b.rejected_count as rejected
from import_batches b
where b.domain_uuid = $1 and $2::text is null
    and b.batch_uuid = any(string_to_array($3::text, ',')::uuid[])
