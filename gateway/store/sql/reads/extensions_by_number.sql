select
    x.extension_uuid as uuid,
    x.extension,
    x.user_uuid,
    x.removed_at
from extensions x
where x.domain_uuid = $1 and x.removed_at is null
    and ($2::text is null or x.user_uuid = any(string_to_array($2::text, ',')::uuid[]))
    and x.extension = any($3::text[])
