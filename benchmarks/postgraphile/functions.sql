-- What a good user of PostGraphile adds to the gateway's tables: functions that become fields.
-- They are plain SQL, STABLE and not STRICT, so that PostgreSQL can inline them; the index that they
-- need (call_user_days by domain, user and day) is the rollup's own key.
drop type if exists period_figures, day_figures, day_report cascade;

create type period_figures as (
    total_call bigint,
    total_answered bigint,
    total_no_answered bigint,
    total_busy bigint,
    total_not_available bigint,
    total_cancel bigint,
    total_invalid bigint,
    total_inbound bigint,
    total_outbound bigint,
    total_local bigint,
    total_duration bigint,
    total_billsec bigint,
    total_waitsec bigint
);

create type day_report as (
    date date,
    total_call bigint,
    total_invalid bigint,
    total_inbound bigint,
    total_outbound bigint
);

create type day_figures as (
    date date,
    total_call bigint,
    total_answered bigint,
    total_no_answered bigint,
    total_busy bigint,
    total_not_available bigint,
    total_cancel bigint,
    total_invalid bigint,
    total_inbound bigint,
    total_outbound bigint,
    total_local bigint,
    total_duration bigint,
    total_billsec bigint,
    total_waitsec bigint
);

create or replace function users_call_stats(u users, first_day date, last_day date)
returns period_figures
language sql stable parallel safe
begin atomic
    select
        coalesce(sum(r.total_call), 0)::bigint,
        coalesce(sum(r.total_answered), 0)::bigint,
        coalesce(sum(r.total_no_answered), 0)::bigint,
        coalesce(sum(r.total_busy), 0)::bigint,
        coalesce(sum(r.total_not_available), 0)::bigint,
        coalesce(sum(r.total_cancel), 0)::bigint,
        coalesce(sum(r.total_invalid), 0)::bigint,
        coalesce(sum(r.total_inbound), 0)::bigint,
        coalesce(sum(r.total_outbound), 0)::bigint,
        coalesce(sum(r.total_local), 0)::bigint,
        coalesce(sum(r.total_duration), 0)::bigint,
        coalesce(sum(r.total_billsec), 0)::bigint,
        coalesce(sum(r.total_waitsec), 0)::bigint
    from call_user_days r
    where r.domain_uuid = u.domain_uuid and r.user_uuid = u.user_uuid
        and r.day between first_day and last_day;
end;

create or replace function users_daily_reports(u users, first_day date, last_day date)
returns setof day_report
language sql stable parallel safe rows 31
begin atomic
    select
        d.day::date,
        coalesce(r.total_call, 0),
        coalesce(r.total_invalid, 0),
        coalesce(r.total_inbound, 0),
        coalesce(r.total_outbound, 0)
    from generate_series(first_day, last_day, interval '1 day') d (day)
    left join call_user_days r on r.domain_uuid = u.domain_uuid and r.user_uuid = u.user_uuid
        and r.day = d.day::date and r.day between first_day and last_day
    order by d.day;
end;

create or replace function users_teams(u users)
returns setof groups
language sql stable parallel safe rows 1
begin atomic
    select g.*
    from group_members m
    join groups g on g.domain_uuid = u.domain_uuid and g.group_uuid = m.group_uuid
    where m.domain_uuid = u.domain_uuid and m.user_uuid = u.user_uuid and g.kind = 'team'
    order by g.group_name, g.group_uuid;
end;

create or replace function groups_members(g groups)
returns setof users
language sql stable parallel safe rows 20
begin atomic
    select u.*
    from group_members m
    join users u on u.domain_uuid = g.domain_uuid and u.user_uuid = m.user_uuid
    where m.domain_uuid = g.domain_uuid and m.group_uuid = g.group_uuid and u.removed_at is null
    order by u.username, u.user_uuid;
end;

create or replace function groups_daily_reports(g groups, first_day date, last_day date)
returns setof day_figures
language sql stable parallel safe rows 31
begin atomic
    select
        d.day::date,
        coalesce(sum(r.total_call), 0)::bigint,
        coalesce(sum(r.total_answered), 0)::bigint,
        coalesce(sum(r.total_no_answered), 0)::bigint,
        coalesce(sum(r.total_busy), 0)::bigint,
        coalesce(sum(r.total_not_available), 0)::bigint,
        coalesce(sum(r.total_cancel), 0)::bigint,
        coalesce(sum(r.total_invalid), 0)::bigint,
        coalesce(sum(r.total_inbound), 0)::bigint,
        coalesce(sum(r.total_outbound), 0)::bigint,
        coalesce(sum(r.total_local), 0)::bigint,
        coalesce(sum(r.total_duration), 0)::bigint,
        coalesce(sum(r.total_billsec), 0)::bigint,
        coalesce(sum(r.total_waitsec), 0)::bigint
    from generate_series(first_day, last_day, interval '1 day') d (day)
    left join (
        select r.*
        from group_members m
        join call_user_days r on r.domain_uuid = g.domain_uuid and r.user_uuid = m.user_uuid
        where m.domain_uuid = g.domain_uuid and m.group_uuid = g.group_uuid
            and r.day between first_day and last_day
    ) r on r.day = d.day::date
    group by d.day
    order by d.day;
end;

-- PostGraphile lets only the first columns of indexes be filtered and sorted by, unless it is told.
comment on column users.removed_at is '@behavior +attribute:filterBy';

comment on column users.username is '@behavior +attribute:filterBy +attribute:orderBy';

comment on column extensions.removed_at is '@behavior +attribute:filterBy';

comment on column extensions.extension is '@behavior +attribute:orderBy';

comment on column groups.kind is '@behavior +attribute:filterBy';

comment on column groups.group_name is '@behavior +attribute:orderBy';
