-- The other legs of the calls $2, of those that were written from $3 to $4. Sub-selects
-- are hashed, where `= any` would compare each leg with each call.
select
    xml_cdr_uuid, coalesce(insert_date, end_stamp) as mark, leg::text as leg,
    originating_leg_uuid, bridge_uuid, cc_member_session_uuid, extension_uuid,
    direction, context, caller_id_number, caller_destination, destination_number,
    start_epoch::text as start_epoch, answer_epoch::text as answer_epoch,
    end_epoch::text as end_epoch, duration::text as duration, billsec::text as billsec,
    last_app, last_arg, voicemail_message::text as voicemail_message,
    missed_call::text as missed_call, conference_name, call_center_queue_uuid, cc_side, cc_queue,
    cc_agent, cc_queue_joined_epoch::text as cc_queue_joined_epoch,
    cc_queue_answered_epoch::text as cc_queue_answered_epoch,
    cc_queue_terminated_epoch::text as cc_queue_terminated_epoch,
    cc_queue_canceled_epoch::text as cc_queue_canceled_epoch,
    hangup_cause, sip_hangup_disposition
from v_xml_cdr
where domain_uuid = $1
    and coalesce(insert_date, end_stamp) >= $3 and coalesce(insert_date, end_stamp) <= $4
    and (originating_leg_uuid in (select unnest($2::text[]::uuid[]))
        or cc_member_session_uuid in (select unnest($2::text[]::uuid[]))
        or (leg = 'b' and bridge_uuid in (select unnest($2::text[]))))
order by xml_cdr_uuid
