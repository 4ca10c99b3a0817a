select count(*) as total
from extensions x
where x.domain_uuid = $1 and x.removed_at is null
    and ($2::text is null or x.user_uuid = any(string_to_array($2::text, ',')::uuid[]))
    and ($3::boolean is null or $3 = (x.user_uuid is not null))
    and ($4::text is null or x.extension ilike $4)
