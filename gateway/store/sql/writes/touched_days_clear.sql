delete from touched_days
