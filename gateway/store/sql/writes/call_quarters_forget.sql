-- The quarter hours that begin before $2: of what is older only days are kept.
delete from call_quarters
where domain_uuid = $1 and starts_at < $2
