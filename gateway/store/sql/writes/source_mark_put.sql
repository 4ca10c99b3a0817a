-- A mark never goes back: whoever reads anew from an earlier day has read no less of the rest.
insert into source_marks (domain_uuid, source, mark)
values ($1, $2, $3)
on conflict (domain_uuid, source) do update
set mark = greatest(source_marks.mark, excluded.mark)
