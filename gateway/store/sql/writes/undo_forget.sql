delete from import_changes
where domain_uuid = $1 and batch_uuid = $2
