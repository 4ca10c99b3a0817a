-- How many connections roles without privileges may have, by the server's settings.
select sum(case name when 'max_connections' then setting::integer else -setting::integer end)
from pg_settings
where name in ('max_connections', 'superuser_reserved_connections', 'reserved_connections')
