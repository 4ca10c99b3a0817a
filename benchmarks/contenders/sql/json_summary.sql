with stats as materialized (
    select
        user_uuid,
        sum(total_call) as total_call,
        sum(total_answered) as total_answered,
        sum(total_no_answered) as total_no_answered,
        sum(total_busy) as total_busy,
        sum(total_not_available) as total_not_available,
        sum(total_cancel) as total_cancel,
        sum(total_invalid) as total_invalid,
        sum(total_inbound) as total_inbound,
        sum(total_outbound) as total_outbound,
        sum(total_local) as total_local,
        sum(total_duration) as total_duration,
        sum(total_billsec) as total_billsec,
        sum(total_waitsec) as total_waitsec
    from call_user_days
    where domain_uuid = $1 and user_uuid is not null and day >= $2 and day <= $3
    group by user_uuid
)
select json_build_object('data', json_build_object('users', json_build_object(
    'nodes', coalesce(json_agg(json_build_object(
        'uuid', u.user_uuid,
        'username', u.username,
        'callStats', json_build_object(
            'totalCall', coalesce(s.total_call, 0),
            'totalAnswered', coalesce(s.total_answered, 0),
            'totalNoAnswered', coalesce(s.total_no_answered, 0),
            'totalBusy', coalesce(s.total_busy, 0),
            'totalNotAvailable', coalesce(s.total_not_available, 0),
            'totalCancel', coalesce(s.total_cancel, 0),
            'totalInvalid', coalesce(s.total_invalid, 0),
            'totalInbound', coalesce(s.total_inbound, 0),
            'totalOutbound', coalesce(s.total_outbound, 0),
            'totalLocal', coalesce(s.total_local, 0),
            'totalDuration', coalesce(s.total_duration, 0),
            'totalBillsec', coalesce(s.total_billsec, 0),
            'totalWaitsec', coalesce(s.total_waitsec, 0)
        )
    ) order by u.username, u.user_uuid), '[]')
)))::text
from users u
left join stats s on s.user_uuid = u.user_uuid
where u.domain_uuid = $1 and u.removed_at is null
