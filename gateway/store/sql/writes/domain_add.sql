insert into domains (domain_uuid, domain_name, time_zone)
values ($1, $2, $3)
on conflict (domain_uuid) do nothing
