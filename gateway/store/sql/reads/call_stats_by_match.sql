-- Figures of all users that match; $3 to $7 are the users' filter. Whole local days of the domain
-- come from a rollup, of all directions or of some ($13); the rest of the period from the calls.
with matches as (
    select u.user_uuid
    {shapes/users_that_match}
),
figures as (
    {shapes/figures_of_matches}
)
select
    {measures}
from figures f
where ($2::text is null or f.user_uuid = any(string_to_array($2::text, ',')::uuid[]))
