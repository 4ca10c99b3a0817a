-- Whether the database is past what writers of a release that knows the migrations up to $1 may write.
select exists (select from schema_migrations where version > $1 and stops_writers)
