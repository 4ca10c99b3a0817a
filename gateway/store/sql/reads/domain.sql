-- The domain, once per token of it whose SHA-256 is among $3 (hexadecimal), or once without any.
-- A session or a refresh token is no longer good than the token that it came from.
-- This statement alone is planned without its parameters: what follows is planned with them again.
select
    d.domain_uuid as uuid,
    d.domain_name as name,
    d.time_zone,
    d.data_version,
    d.raw_since,
    exists (select from agent_activities a where a.domain_uuid = $1)
        or exists (select from agent_days r where r.domain_uuid = $1) as has_activities,
    exists (
        select from agent_activities a where a.domain_uuid = $1 and a.seconds is null
    ) as has_open_activities,
    t.token_hash,
    t.token_uuid,
    t.parent_uuid,
    t.kind,
    t.role,
    t.user_uuid,
    t.token_name,
    least(t.expires_at, p.expires_at) as expires_at,
    coalesce(t.revoked_at, p.revoked_at) as revoked_at,
    t.last_used_at,
    set_config('plan_cache_mode', 'force_custom_plan', true) as plan_cache_mode
from domains d
left join tokens t on t.domain_uuid = $1
    and t.token_hash = any(array(select decode(h, 'hex') from unnest($3::text[]) as h))
left join tokens p on p.domain_uuid = $1 and p.token_uuid = t.parent_uuid
where d.domain_uuid = $1 and ($2::text is null or true)
