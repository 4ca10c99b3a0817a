select count(*) as total
{shapes/users_that_match}
