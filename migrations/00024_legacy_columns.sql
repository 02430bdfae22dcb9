-- All columns of the origin's tables, for programs that read whole rows: what
-- personae knows, and of the rest what a new row has there, which of keys and
-- tokens is nothing.

-- +goose Up

-- Views keep their columns and their readers' rights where they are replaced, so
-- what is new comes last.
create type legacy."EmailIntegrationProvider" as enum ('EMAILBISON', 'SMARTLEAD', 'INSTANTLY');
create type legacy."ClientMemberRole" as enum ('ADMIN', 'SETTER', 'INBOX_MANAGER', 'CLIENT_PORTAL');
create type legacy."AutoSendScheduleMode" as enum ('ALWAYS', 'BUSINESS_HOURS', 'CUSTOM');
create type legacy."MeetingBookingProvider" as enum ('GHL', 'CALENDLY');
create type legacy."CampaignResponseMode" as enum ('SETTER_MANAGED', 'AI_AUTO_SEND');
create type legacy."AIDraftResponseDisposition" as enum ('AUTO_SENT', 'APPROVED', 'EDITED');

-- +goose StatementBegin
-- Somebody has the workspace in any case: the origin's programs cannot read a null.
create or replace view legacy."Client" with (security_barrier) as
select coalesce(w.origin_id, w.id::text)                    as "id",
       w.name                                               as "name",
       coalesce((select coalesce(u.origin_id, u.id::text) from members m join users u on u.id = m.user_id where m.workspace_id = w.id
           order by array_position(array['owner', 'admin', 'member'], m.role), m.created_at, m.user_id limit 1), '') as "userId",
       (w.created_at at time zone 'UTC')::timestamp(3)      as "createdAt",
       (w.created_at at time zone 'UTC')::timestamp(3)      as "updatedAt",
       null::text as "ghlLocationId", null::text as "ghlPrivateKey",
       null::legacy."EmailIntegrationProvider" as "emailProvider", null::text as "emailBisonApiKey",
       null::text as "emailBisonWorkspaceId", null::text as "emailBisonBaseHostId", null::text as "smartLeadApiKey",
       null::text as "smartLeadWebhookSecret", null::text as "instantlyApiKey", null::text as "instantlyWebhookSecret",
       null::text as "slackBotToken", null::text as "resendApiKey", null::text as "resendFromEmail",
       null::text as "unipileAccountId", null::text as "unipileConnectionStatus",
       null::timestamp(3) as "unipileDisconnectedAt", null::timestamp(3) as "unipileLastErrorAt",
       null::text as "unipileLastErrorMessage", null::timestamp(3) as "unipileLastNotifiedAt",
       null::text as "calendlyAccessToken", null::text as "calendlyUserUri", null::text as "calendlyOrganizationUri",
       null::text as "calendlyWebhookSubscriptionUri", null::text as "calendlyWebhookSigningKey"
from workspaces w;

-- One row a role, as there. Who administers here is ADMIN; others have the roles
-- that they had there, or SETTER, who only works. The type of a column cannot be
-- replaced, so this view is made anew.
drop view legacy."ClientMember";
create view legacy."ClientMember" with (security_barrier) as
select m.workspace_id || ':' || m.user_id || ':' || r.role  as "id",
       coalesce(w.origin_id, w.id::text)                    as "clientId",
       coalesce(u.origin_id, u.id::text)                    as "userId",
       r.role::legacy."ClientMemberRole"                    as "role",
       (m.created_at at time zone 'UTC')::timestamp(3)      as "createdAt",
       (m.created_at at time zone 'UTC')::timestamp(3)      as "updatedAt"
from members m
join workspaces w on w.id = m.workspace_id
join users u on u.id = m.user_id
cross join lateral unnest(case when m.role in ('owner', 'admin') then array['ADMIN'] || array_remove(m.origin_roles, 'ADMIN')
    else coalesce(nullif(array_remove(m.origin_roles, 'ADMIN'), '{}'), array['SETTER']) end) r (role);

-- Questions are lines here and JSON there. What a program wrote as JSON is it
-- already.
create or replace view legacy."WorkspaceSettings" with (security_barrier) as
select s.workspace_id::text                                 as "id",
       coalesce(w.origin_id, w.id::text)                    as "clientId",
       s.ai_persona_name                                    as "aiPersonaName",
       s.ai_tone                                            as "aiTone",
       s.ai_greeting                                        as "aiGreeting",
       s.ai_sms_greeting                                    as "aiSmsGreeting",
       s.ai_signature                                       as "aiSignature",
       s.ai_goals                                           as "aiGoals",
       s.service_description                                as "serviceDescription",
       s.ideal_customer_profile                             as "idealCustomerProfile",
       s.company_name                                       as "companyName",
       q.json                                               as "qualificationQuestions",
       (w.created_at at time zone 'UTC')::timestamp(3)      as "createdAt",
       (s.updated_at at time zone 'UTC')::timestamp(3)      as "updatedAt",
       not s.drafts_off                                     as "draftGenerationEnabled",
       null::text as "brandName", null::text as "brandLogoUrl", null::text as "chatgptExportDefaults",
       'gpt-5-mini'::text as "insightsChatModel", 'medium'::text as "insightsChatReasoningEffort",
       false as "insightsChatEnableCampaignChanges", false as "insightsChatEnableExperimentWrites",
       false as "insightsChatEnableFollowupPauses", false as "messagePerformanceWeeklyEnabled",
       'gpt-5.1'::text as "draftGenerationModel", 'medium'::text as "draftGenerationReasoningEffort",
       'gpt-5.2'::text as "emailDraftVerificationModel", true as "draftGenerationStep2Enabled",
       true as "draftVerificationStep3Enabled", true as "meetingOverseerEnabled",
       true as "aiRouteBookingProcessEnabled", false as "leadContextBundleEnabled",
       null::jsonb as "leadContextBundleBudgets", false as "followupBookingGateEnabled", null::text as "targetResult",
       true as "autoApproveMeetings", true as "flagUncertainReplies", true as "pauseForOOO",
       false as "highQuotaEnabled", null::timestamp(3) as "followUpsPausedUntil", true as "autoBlacklist",
       false as "autoFollowUpsOnReply", false as "airtableMode", false as "roundRobinEnabled",
       null::integer as "roundRobinLastSetterIndex", '{}'::text[] as "roundRobinSetterSequence",
       false as "roundRobinEmailOnly", true as "emailDigest", true as "slackAlerts",
       '{}'::text[] as "notificationEmails", '{}'::text[] as "notificationPhones",
       '{}'::text[] as "notificationSlackChannelIds", null::jsonb as "notificationSentimentRules",
       '09:00'::text as "notificationDailyDigestTime", false as "crmWebhookEnabled", null::text as "crmWebhookUrl",
       '{}'::text[] as "crmWebhookEvents", null::text as "crmWebhookSecret", null::text as "timezone",
       '09:00'::text as "workStartTime", '17:00'::text as "workEndTime",
       'ALWAYS'::legacy."AutoSendScheduleMode" as "autoSendScheduleMode", null::jsonb as "autoSendCustomSchedule",
       false as "autoSendSkipHumanReview", false as "autoSendRevisionEnabled",
       'gpt-5.2'::text as "autoSendRevisionModel", 'high'::text as "autoSendRevisionReasoningEffort",
       3 as "autoSendRevisionMaxIterations", null::text as "autoSendEvaluatorModel",
       null::text as "autoSendEvaluatorReasoningEffort", '{}'::text[] as "memoryAllowlistCategories",
       0.7::double precision as "memoryMinConfidence", 1 as "memoryMinTtlDays", 90 as "memoryTtlCapDays",
       null::jsonb as "slackAutoSendApprovalRecipients", null::jsonb as "slackMembersCacheJson",
       null::timestamp(3) as "slackMembersCachedAt", 3 as "calendarSlotsToShow", 28 as "calendarLookAheadDays",
       true as "calendarHealthEnabled", 10 as "calendarHealthMinSlots",
       true as "emailBisonFirstTouchAvailabilitySlotEnabled", null::text as "emailBisonAvailabilitySlotTemplate",
       false as "emailBisonAvailabilitySlotIncludeWeekends", 2 as "emailBisonAvailabilitySlotCount",
       5 as "emailBisonAvailabilitySlotPreferWithinDays", null::text as "ghlDefaultCalendarId",
       null::text as "ghlDirectBookCalendarId", null::text as "ghlAssignedUserId", false as "autoBookMeetings",
       30 as "meetingDurationMinutes", 'Intro to {companyName}'::text as "meetingTitle",
       'GHL'::legacy."MeetingBookingProvider" as "meetingBookingProvider", null::text as "calendlyEventTypeLink",
       null::text as "calendlyEventTypeUri", null::text as "calendlyDirectBookEventTypeLink",
       null::text as "calendlyDirectBookEventTypeUri", false as "bookingQualificationCheckEnabled",
       null::text as "bookingQualificationCriteria", null::text as "bookingDisqualificationMessage"
from workspace_settings s
join workspaces w on w.id = s.workspace_id
left join lateral (
    select case when s.qualification_questions ~ '^\s*\[\s*(\{\s*".*\}\s*)?\]\s*$' then s.qualification_questions else (
        select json_agg(json_build_object('id', coalesce(o.origin_id, md5(s.workspace_id || q.line)::uuid::text),
            'question', q.line, 'required', coalesce(o.required, false)) order by q.n)::text
        from (select btrim(line, E' \t') as line, n from string_to_table(s.qualification_questions, E'\n') with ordinality l (line, n)) q
        left join lateral (select * from origin_questions o where o.workspace_id = s.workspace_id and o.question = q.line
            order by o.origin_id limit 1) o on true
        where q.line <> '') end as json) q on true;

-- A tone is never null there; the usual one is what drafts take for none.
create or replace view legacy."AiPersona" with (security_barrier) as
select coalesce(o.origin_id, p.id::text)                    as "id",
       coalesce(w.origin_id, w.id::text)                    as "clientId",
       p.name                                               as "name",
       p.is_default                                         as "isDefault",
       p.display_name                                       as "personaName",
       coalesce(p.tone, 'friendly-professional')            as "tone",
       p.greeting                                           as "greeting",
       p.sms_greeting                                       as "smsGreeting",
       p.signature                                          as "signature",
       p.goals                                              as "goals",
       p.service_description                                as "serviceDescription",
       p.ideal_customer_profile                             as "idealCustomerProfile",
       (p.created_at at time zone 'UTC')::timestamp(3)      as "createdAt",
       (p.updated_at at time zone 'UTC')::timestamp(3)      as "updatedAt",
       (select coalesce(u.origin_id, u.id::text) from users u where u.id = p.created_by) as "createdBy"
from personas p
join workspaces w on w.id = p.workspace_id
left join origin_rows o on o.workspace_id = p.workspace_id and o.kind = 'persona' and o.id = p.id;

create or replace view legacy."EmailCampaign" with (security_barrier) as
select coalesce(o.origin_id, c.id::text)                    as "id",
       coalesce(w.origin_id, w.id::text)                    as "clientId",
       coalesce(c.external_id, c.id::text)                  as "bisonCampaignId",
       c.name                                               as "name",
       coalesce(op.origin_id, c.persona_id::text)           as "aiPersonaId",
       (c.created_at at time zone 'UTC')::timestamp(3)      as "createdAt",
       (c.created_at at time zone 'UTC')::timestamp(3)      as "updatedAt",
       coalesce(c.origin_response_mode, 'SETTER_MANAGED')::legacy."CampaignResponseMode" as "responseMode",
       0.9::double precision as "autoSendConfidenceThreshold", null::boolean as "autoSendSkipHumanReview",
       180 as "autoSendDelayMinSeconds", 420 as "autoSendDelayMaxSeconds",
       null::legacy."AutoSendScheduleMode" as "autoSendScheduleMode", null::jsonb as "autoSendCustomSchedule",
       null::text as "bookingProcessId"
from campaigns c
join workspaces w on w.id = c.workspace_id
left join origin_rows o on o.workspace_id = c.workspace_id and o.kind = 'campaign' and o.id = c.id
left join origin_rows op on op.workspace_id = c.workspace_id and op.kind = 'persona' and op.id = c.persona_id;

-- A status from there holds as long as it agrees with whether the lead may be
-- written to here. The origin's scoring looks at the sentiment alone.
create or replace view legacy."Lead" with (security_barrier) as
select coalesce(l.origin_id, l.id::text)                    as "id",
       coalesce(w.origin_id, w.id::text)                    as "clientId",
       nullif(l.first_name, '')                             as "firstName",
       nullif(l.last_name, '')                              as "lastName",
       nullif(l.email, '')                                  as "email",
       nullif(l.company, '')                                as "companyName",
       case when k.closed = k.closed_there then coalesce(l.origin_status, 'new') when k.closed then 'blacklisted' else 'new' end as "status",
       coalesce(o.origin_id, l.campaign_id::text)           as "emailCampaignId",
       s.fit::integer                                       as "fitScore",
       s.intent::integer                                    as "intentScore",
       s.overall::integer                                   as "overallScore",
       s.reason                                             as "scoreReasoning",
       (s.created_at at time zone 'UTC')::timestamp(3)      as "scoredAt",
       (l.created_at at time zone 'UTC')::timestamp(3)      as "createdAt",
       (l.updated_at at time zone 'UTC')::timestamp(3)      as "updatedAt",
       case when k.closed then 'Blacklist' when l.origin_sentiment ~* '^blacklist' then null else l.origin_sentiment end as "sentimentTag",
       null::text as "ghlContactId", null::text as "emailBisonLeadId", null::text as "linkedinId",
       null::text as "linkedinUrl", null::text as "linkedinCompanyUrl", null::timestamp(3) as "linkedinUnreachableAt",
       null::text as "linkedinUnreachableReason", null::text as "phone", null::text as "jobTitle",
       null::text as "timezone", null::text as "companyWebsite", null::text as "companyState", null::text as "industry",
       null::text as "employeeHeadcount",
       (l.last_at at time zone 'UTC')::timestamp(3)         as "lastInboundAt",
       null::timestamp(3) as "lastOutboundAt", null::timestamp(3) as "lastZrgOutboundAt",
       (l.last_at at time zone 'UTC')::timestamp(3)         as "lastMessageAt",
       (select case when m.answered_elsewhere then 'outbound' else 'inbound' end from messages m
           where m.workspace_id = l.workspace_id and m.lead_id = l.id order by m.sent_at desc, m.id desc limit 1) as "lastMessageDirection",
       null::timestamp(3) as "snoozedUntil", null::text as "enrichmentStatus", null::text as "enrichmentSource",
       null::timestamp(3) as "enrichedAt", 0 as "enrichmentRetryCount", null::timestamp(3) as "enrichmentLastRetry",
       false as "autoReplyEnabled", false as "autoFollowUpEnabled", null::text as "assignedToUserId",
       null::timestamp(3) as "assignedAt", false as "smsDndActive", null::timestamp(3) as "smsDndUpdatedAt",
       null::timestamp(3) as "smsLastBlockedAt", null::text as "smsLastBlockedReason",
       0 as "smsConsecutiveBlockedCount", null::timestamp(3) as "smsLastSuccessAt", true as "autoBookMeetingsEnabled",
       null::text as "offeredSlots", null::jsonb as "qualificationAnswers",
       null::timestamp(3) as "qualificationAnswersExtractedAt", null::text as "bookingQualificationStatus",
       null::timestamp(3) as "bookingQualificationCheckedAt", null::text as "bookingQualificationReason",
       null::text as "bookedSlot", null::text as "ghlAppointmentId", null::text as "calendlyInviteeUri",
       null::text as "calendlyScheduledEventUri", null::timestamp(3) as "appointmentBookedAt",
       null::timestamp(3) as "appointmentStartAt", null::timestamp(3) as "appointmentEndAt",
       null::text as "appointmentStatus", null::timestamp(3) as "appointmentCanceledAt",
       null::legacy."MeetingBookingProvider" as "appointmentProvider", null::text as "appointmentSource",
       null::timestamp(3) as "appointmentLastCheckedAt", null::text as "campaignId", null::text as "smsCampaignId",
       null::text as "senderAccountId", null::text as "preferredCalendarLinkId", null::text as "externalSchedulingLink",
       null::timestamp(3) as "externalSchedulingLinkLastSeenAt", '{}'::text[] as "alternateEmails",
       null::text as "currentReplierEmail", null::text as "currentReplierName",
       null::timestamp(3) as "currentReplierSince"
from leads l
join workspaces w on w.id = l.workspace_id
left join origin_rows o on o.workspace_id = l.workspace_id and o.kind = 'campaign' and o.id = l.campaign_id
left join lateral (select * from scores s where s.workspace_id = l.workspace_id and s.lead_id = l.id order by s.created_at desc limit 1) s on true
cross join lateral (select l.blacklisted or l.opted_out or l.unsubscribed or l.bounced as closed,
    coalesce(regexp_replace(lower(l.origin_status), '[^a-z]', '', 'g') ~ '^(blacklist|blocklist|donotcontact|dnc$|optout|optedout|unsubscrib|(hard)?bounc)', false) as closed_there) k;

-- What leads wrote: personae has nothing else.
create view legacy."Message" with (security_barrier) as
select coalesce(m.origin_id, m.id::text)                    as "id",
       coalesce(l.origin_id, l.id::text)                    as "leadId",
       m.channel                                            as "channel",
       'inbound'::text                                      as "direction",
       m.body                                               as "body",
       (m.sent_at at time zone 'UTC')::timestamp(3)         as "sentAt",
       (m.received_at at time zone 'UTC')::timestamp(3)     as "createdAt",
       m.answered_elsewhere                                 as "isRead",
       null::text as "ghlId", null::text as "emailBisonReplyId", null::text as "inboxxiaScheduledEmailId",
       null::text as "unipileMessageId", null::text as "webhookDedupeKey", 'zrg'::text as "source",
       null::text as "rawText", null::text as "rawHtml", null::text as "subject", '{}'::text[] as "cc",
       '{}'::text[] as "bcc", null::text as "fromEmail", null::text as "fromName", null::text as "toEmail",
       null::text as "toName", null::text as "sentBy", null::text as "sentByUserId", null::text as "aiDraftId",
       null::integer as "aiDraftPartIndex"
from messages m
join leads l on l.workspace_id = m.workspace_id and l.id = m.lead_id;

create view legacy."AIDraft" with (security_barrier) as
select d.id::text                                           as "id",
       coalesce(l.origin_id, l.id::text)                    as "leadId",
       coalesce(m.origin_id, m.id::text)                    as "triggerMessageId",
       d.body                                               as "content",
       d.channel                                            as "channel",
       case when d.state in ('approved', 'rejected') then d.state else 'pending' end as "status",
       case when d.state = 'approved' then case when d.edited_by is null then 'APPROVED' else 'EDITED' end end::legacy."AIDraftResponseDisposition" as "responseDisposition",
       (d.asked_at at time zone 'UTC')::timestamp(3)        as "createdAt",
       (coalesce(d.decided_at, d.made_at) at time zone 'UTC')::timestamp(3) as "updatedAt",
       null::timestamp(3) as "autoSendEvaluatedAt", null::double precision as "autoSendConfidence",
       null::double precision as "autoSendThreshold", null::text as "autoSendReason", null::text as "autoSendAction",
       false as "autoSendSlackNotified", null::timestamp(3) as "autoSendRevisionAttemptedAt",
       null::double precision as "autoSendOriginalConfidence", null::double precision as "autoSendRevisionConfidence",
       false as "autoSendRevisionApplied", null::boolean as "autoSendRevisionSelectorUsed",
       0 as "autoSendRevisionIterations", null::text as "slackNotificationChannelId",
       null::text as "slackNotificationMessageTs"
from drafts d
join messages m on m.workspace_id = d.workspace_id and m.id = d.message_id
join leads l on l.workspace_id = m.workspace_id and l.id = m.lead_id
where d.version > 0;

-- Tables that such programs join, of which personae has nothing.
create view legacy."EmailBisonBaseHost" as
select null::text as "id", null::text as "host", null::text as "label", null::timestamp(3) as "createdAt",
       null::timestamp(3) as "updatedAt"
where false;

create view legacy."KnowledgeAsset" as
select null::text as "id", null::text as "workspaceSettingsId", null::text as "name", null::text as "type",
       null::text as "fileUrl", null::text as "rawContent", null::text as "textContent", null::text as "aiContextMode",
       null::text as "originalFileName", null::text as "mimeType", null::timestamp(3) as "createdAt",
       null::timestamp(3) as "updatedAt"
where false;

create view legacy."CalendarLink" as
select null::text as "id", null::text as "clientId", null::text as "name", null::text as "url",
       null::text as "publicUrl", null::text as "type", null::boolean as "isDefault", null::timestamp(3) as "createdAt",
       null::timestamp(3) as "updatedAt"
where false;

create view legacy."BookingProcess" as
select null::text as "id", null::text as "clientId", null::text as "name", null::text as "description",
       null::integer as "maxWavesBeforeEscalation", null::timestamp(3) as "createdAt",
       null::timestamp(3) as "updatedAt", null::text as "createdBy"
where false;

create view legacy."Campaign" as
select null::text as "id", null::text as "ghlWorkflowId", null::text as "name", null::text as "status",
       null::text as "clientId", null::timestamp(3) as "createdAt", null::timestamp(3) as "updatedAt"
where false;

create view legacy."SmsCampaign" as
select null::text as "id", null::text as "clientId", null::text as "name", null::text as "nameNormalized",
       null::timestamp(3) as "createdAt", null::timestamp(3) as "updatedAt"
where false;

-- Readers go on reading while the program that migrates has yet to let them.
do $$ begin
    if exists (select from pg_roles where rolname = 'personae_legacy') then
        grant usage on schema legacy to personae_legacy;
        grant select on all tables in schema legacy to personae_legacy;
    end if;
end $$;
-- +goose StatementEnd
