-- $3 calls of $2 users from $4 on, evenly over $5 seconds; chance is a hash of the call's number.
insert into calls (
    domain_uuid, call_uuid, started_at, direction, status, duration, billsec,
    extension_uuid, extension, user_uuid, caller_number, callee_number, batch_uuid
)
select
    $1::uuid,
    md5($1::uuid || ' call ' || c.n)::uuid,
    $4::timestamptz + make_interval(secs => c.n * $5::integer / $3::bigint),
    c.direction,
    c.status,
    c.duration,
    case when c.status = 'answered' then c.duration / 2 else 0 end,
    e.extension_uuid,
    coalesce(e.extension, ''),
    e.user_uuid,
    case when c.direction = 'inbound' then c.outside else coalesce(e.extension, '') end,
    case when c.direction = 'inbound' then coalesce(e.extension, '') else c.outside end,
    $1::uuid
from (
    select
        n,
        -- Lost calls reached nobody.
        case when lost then null else (h & 65535) % $2::integer end as place,
        case
            when lost or (h >> 16 & 255) < 120 then 'inbound'
            when (h >> 16 & 255) < 240 then 'outbound'
            else 'local'
        end as direction,
        case
            when lost then 'busy_line'
            else (array[
                'answered', 'answered', 'answered', 'answered', 'answered', 'answered', 'answered',
                'answered', 'answered', 'answered', 'answered', 'no_answered', 'no_answered',
                'busy', 'cancel', 'invalid', 'not_available', 'failed'
            ])[(h >> 24 & 255) % 18 + 1]
        end as status,
        5 + (h >> 32 & 65535) % 395 as duration,
        '09' || lpad((h >> 28 & 67108863)::text, 8, '0') as outside
    from generate_series(0, $3::bigint - 1) n
    cross join lateral (select hashint8extended(n, 5) & 9223372036854775807 as h) chance
    cross join lateral (select (h >> 48 & 255) < 5 as lost) fate
) c
left join (
    select extension_uuid, extension, user_uuid, extension::integer - 1000 as place
    from extensions
    where domain_uuid = $1::uuid
) e on e.place = c.place
