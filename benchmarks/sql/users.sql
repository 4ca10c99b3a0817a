-- $2 users: a leader per team ($3), then a manager per department ($4), then agents.
insert into users (
    domain_uuid, user_uuid, username, first_name, middle_name, last_name, email, level, add_date
)
select
    $1::uuid,
    md5($1::uuid || ' user ' || n)::uuid,
    'agent' || to_char(n, 'FM000'),
    (array['Lan', 'Minh', 'Hương', 'Hùng', 'Mai', 'Tuấn', 'Thảo', 'Nam'])[n % 8 + 1],
    (array['Thị', 'Văn', ''])[n % 3 + 1],
    (array['Nguyễn', 'Trần', 'Lê', 'Phạm', 'Hoàng'])[n % 5 + 1],
    'agent' || to_char(n, 'FM000') || '@example.com',
    case
        when n < $3::integer then 'leader'
        when n < $3::integer + $4::integer then 'manager'
        else 'agent'
    end,
    '2024-03-01 08:30:00'
from generate_series(0, $2::integer - 1) n
