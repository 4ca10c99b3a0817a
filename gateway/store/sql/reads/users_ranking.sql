-- All users that match, ranked by a figure; $17 turns the order round. $3 to $7 are the users' filter.
-- Whole local days of the domain come from a rollup, of all directions or of some ($13);
-- the rest of the period from the calls.
with matches as (
    select u.*
    {shapes/users_that_match}
),
figures as (
    {shapes/figures_of_matches}
),
totals as (
    select
        m.user_uuid,
        {value} as value,
        {measures}
    from matches m
    left join figures f on f.user_uuid = m.user_uuid
    group by m.user_uuid
)
select
    rank() over (order by t.value * case when $17::boolean then -1 else 1 end nulls last) as rank,
    t.*,
    u.user_uuid as uuid,
    u.username,
    u.first_name,
    u.middle_name,
    u.last_name,
    u.email,
    u.level,
    u.add_date as add_date_text,
    u.added_at as add_date,
    u.removed_at
from totals t
join matches u on u.user_uuid = t.user_uuid
order by 1, u.username
limit $18
