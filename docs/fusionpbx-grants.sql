-- What `gateway import fusionpbx` may read, and nothing else: no passwords, salts, API keys, SIP
-- secrets, PINs or recordings. Run it in FusionPBX's database as its owner, then give the role a
-- password (psql: \password call_statistics) and write that into the importer's .pgpass.
create role call_statistics login;

grant usage on schema public to call_statistics;

grant select (domain_uuid, domain_name) on v_domains to call_statistics;

grant select (
    user_uuid, domain_uuid, contact_uuid, username, user_email, add_date
) on v_users to call_statistics;

grant select (
    contact_uuid, domain_uuid, contact_name_given, contact_name_middle, contact_name_family
) on v_contacts to call_statistics;

grant select (extension_uuid, domain_uuid, extension) on v_extensions to call_statistics;

grant select (domain_uuid, extension_uuid, user_uuid) on v_extension_users to call_statistics;

grant select (group_uuid, domain_uuid, group_name) on v_groups to call_statistics;

grant select (group_uuid, group_name, user_uuid) on v_user_groups to call_statistics;

grant select (
    call_center_queue_uuid, domain_uuid, queue_name, queue_extension
) on v_call_center_queues to call_statistics;

grant select (
    call_center_agent_uuid, domain_uuid, user_uuid, agent_name, agent_id, agent_contact
) on v_call_center_agents to call_statistics;

grant select (
    domain_uuid, call_center_queue_uuid, call_center_agent_uuid, queue_name, agent_name
) on v_call_center_tiers to call_statistics;

grant select (
    ring_group_uuid, domain_uuid, ring_group_name
) on v_ring_groups to call_statistics;

grant select (
    domain_uuid, ring_group_uuid, destination_number
) on v_ring_group_destinations to call_statistics;

grant select (
    xml_cdr_uuid, domain_uuid, extension_uuid, direction, context, caller_id_number,
    caller_destination, destination_number, start_epoch, answer_epoch, end_epoch, end_stamp,
    duration, billsec, bridge_uuid, leg, originating_leg_uuid, last_app, last_arg,
    voicemail_message, missed_call, call_center_queue_uuid, cc_side, cc_queue_joined_epoch,
    cc_queue, cc_member_session_uuid, cc_agent, cc_queue_answered_epoch,
    cc_queue_terminated_epoch, cc_queue_canceled_epoch, conference_name, hangup_cause,
    sip_hangup_disposition, insert_date
) on v_xml_cdr to call_statistics;

-- Where the release has them; where it has not, these two fail and nothing is lost by it.
grant select (status) on v_xml_cdr to call_statistics;

grant select (xml_cdr_uuid, domain_uuid, call_flow) on v_xml_cdr_flow to call_statistics;

-- So that new calls are found without reading all; `--follow` needs it.
create index concurrently if not exists v_xml_cdr_written
    on v_xml_cdr (domain_uuid, coalesce(insert_date, end_stamp), xml_cdr_uuid);
