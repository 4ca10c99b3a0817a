-- What is counted of a call stands beside its key: hours of a user or a group, and the ends of
-- periods that are no whole days, are read from the index alone. In call_figures the columns are
-- those of every measure.
create index calls_by_user_counted on calls (domain_uuid, user_uuid, started_at, call_uuid)
    include (direction, status, duration, billsec, waitsec);

drop index calls_by_user;

alter index calls_by_user_counted rename to calls_by_user;
