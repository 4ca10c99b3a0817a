-- The sum of whole numbers as a whole number; 0 of none. PostgreSQL's own sum of bigint is numeric,
-- which takes longer to make than the numbers of a day to add.
create aggregate total (bigint) (
    sfunc = int8pl,
    stype = bigint,
    initcond = '0',
    combinefunc = int8pl,
    parallel = safe
);
