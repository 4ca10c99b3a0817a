-- Figures of all users that match; $3 to $7 are the users' filter. Whole local days of the domain
-- come from a rollup, of all directions or of some ($13); the rest of the period from the calls.
with matches as (
    select u.user_uuid
    from users u
    where u.domain_uuid = $1 and u.removed_at is null
        and ($2::text is null or u.user_uuid = any(string_to_array($2::text, ',')::uuid[]))
        and ($3::text is null or exists (
            select from group_members m
            where m.domain_uuid = $1 and m.user_uuid = u.user_uuid
                and m.group_uuid = any(string_to_array($3::text, ',')::uuid[])
        ))
        and ($4::text is null or exists (
            select from group_members m
            join groups g on g.domain_uuid = $1 and g.group_uuid = m.group_uuid
            where m.domain_uuid = $1 and m.user_uuid = u.user_uuid
                and g.department_uuid = any(string_to_array($4::text, ',')::uuid[])
        ))
        and ($5::text[] is null or u.level = any($5::text[]))
        and ($6::boolean is null or $6 = exists (
            select from extensions x
            where x.domain_uuid = $1 and x.user_uuid = u.user_uuid and x.removed_at is null
        ))
        and ($7::text is null or u.username collate "default" ilike $7
            or u.email collate "default" ilike $7
            or concat_ws(' ', u.first_name, u.middle_name, u.last_name) collate "default" ilike $7)
),
figures as (
    select
        r.user_uuid,
        {stored}
    from matches m
    join call_user_days r on r.domain_uuid = $1 and r.user_uuid = m.user_uuid
    join unnest($10::text[]::date[]) as d (day) on d.day = r.day
    where r.day >= $11::date and r.day <= $12::date
        and cardinality($10::text[]) > 0 and $13::text[] is null
    union all
    select
        r.user_uuid,
        {figures}
    from matches m
    join call_days r on r.domain_uuid = $1 and r.user_uuid = m.user_uuid
    join unnest($10::text[]::date[]) as d (day) on d.day = r.day
    where r.day >= $11::date and r.day <= $12::date
        and cardinality($10::text[]) > 0 and $13::text[] is not null
        and r.direction = any($13::text[])
    union all
    select
        r.user_uuid,
        {figures}
    from matches m
    join call_figures r on r.domain_uuid = $1 and r.user_uuid = m.user_uuid
    join unnest($8::text[]::timestamptz[], $9::text[]::timestamptz[]) as s (starts_at, ends_at)
        on r.started_at >= s.starts_at and r.started_at < s.ends_at
    where cardinality($8::text[]) > 0
        and ($13::text[] is null or r.direction = any($13::text[]))
        and ($14::text[] is null or r.status = any($14::text[]))
        and ($15::boolean is null or $15 = (r.user_uuid is not null))
        and ($16::text is null or $16 in (r.caller_number, r.callee_number, r.extension))
)
select
    {measures}
from figures f
where ($2::text is null or f.user_uuid = any(string_to_array($2::text, ',')::uuid[]))
