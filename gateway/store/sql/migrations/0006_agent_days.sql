-- stops: writers
-- From this instant on calls and activities are kept one by one; before it only days are.
alter table domains alter column raw_since type timestamptz using raw_since::timestamptz;

-- What has ended: an activity that goes on is counted until now, and so is never in a rollup.
create view ended_activities with (security_invoker = true) as
select
    domain_uuid,
    user_uuid,
    state,
    started_at,
    started_at + seconds * interval '1 second' as ended_at,
    seconds
from agent_activities
where seconds is not null;

create index agent_activities_open on agent_activities (domain_uuid, user_uuid, started_at)
    where seconds is null;

-- The rollup: a user's ended activities on a local day of the domain's zone. `clipped` are the
-- seconds within the day, `whole` those of the activities that started in it, as are the times.
create table agent_days (
    domain_uuid uuid not null,
    user_uuid uuid not null,
    day date not null,
    clipped_pause_sec bigint not null,
    clipped_wait_sec bigint not null,
    clipped_talk_sec bigint not null,
    clipped_dispo_sec bigint not null,
    whole_pause_sec bigint not null,
    whole_wait_sec bigint not null,
    whole_talk_sec bigint not null,
    whole_dispo_sec bigint not null,
    earliest_time timestamptz,
    latest_time timestamptz,
    primary key (domain_uuid, user_uuid, day)
);

create index agent_days_by_day on agent_days (domain_uuid, day);

alter table agent_days enable row level security;

create policy tenant on agent_days
    using (domain_uuid = nullif(current_setting('app.domain_uuid', true), '')::uuid);

grant select, insert, update, delete, maintain on agent_days to gateway_service;

grant select on ended_activities to gateway_service;
