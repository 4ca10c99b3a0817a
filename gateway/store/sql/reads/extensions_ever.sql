-- Every extension that ever was, the removed too: figures of the past still name them.
select
    x.extension_uuid as uuid,
    x.extension,
    x.user_uuid,
    x.removed_at
from extensions x
where x.domain_uuid = $1
    and ($2::text is null or x.user_uuid = any(string_to_array($2::text, ',')::uuid[]))
order by x.extension, x.extension_uuid
