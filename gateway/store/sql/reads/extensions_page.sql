-- Numbers are unique among the living, so $6, the last one of the page before, is a position.
select
    x.extension as position,
    x.extension_uuid as uuid,
    x.extension,
    x.user_uuid,
    x.removed_at
from extensions x
where x.domain_uuid = $1 and x.removed_at is null
    and ($2::text is null or x.user_uuid = any(string_to_array($2::text, ',')::uuid[]))
    and ($3::boolean is null or $3 = (x.user_uuid is not null))
    and ($4::text is null or x.extension ilike $4)
    and ($6::text is null
        or (not $5::boolean and x.extension > $6::text collate "C")
        or ($5::boolean and x.extension < $6::text collate "C"))
order by
    case when not $5::boolean then x.extension end,
    case when $5::boolean then x.extension end desc
limit $7
