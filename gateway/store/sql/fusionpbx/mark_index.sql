-- Whether an index has the legs in the order of their marks, for a domain or for all.
select exists (
    select from pg_index i
    where i.indrelid = 'v_xml_cdr'::regclass and i.indisvalid and i.indpred is null
        and 'COALESCE(insert_date, end_stamp)' = any(array[
            pg_get_indexdef(i.indexrelid, 1, true),
            case
                when pg_get_indexdef(i.indexrelid, 1, true) = 'domain_uuid'
                then pg_get_indexdef(i.indexrelid, 2, true)
            end
        ])
) as found
