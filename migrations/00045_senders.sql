-- +goose NO TRANSACTION
-- What a sender asks for and says: a scope of tokens of its own, the subject that
-- threads a mail, drafts in the order of their states, and, for programs that were
-- written for the origin's database, what was sent.

-- +goose Up

-- Each statement is a transaction of its own, so that none holds up writers for long,
-- and can be done again where the one after it failed.
alter table api_tokens drop constraint if exists api_tokens_scope_check,
    add constraint api_tokens_scope_check check (scope in ('read', 'switch', 'send', 'write')) not valid;
alter table api_tokens validate constraint api_tokens_scope_check;

alter table messages add column if not exists subject text not null default '';
alter table messages drop constraint if exists messages_subject_check,
    add constraint messages_subject_check check (char_length(subject) <= 500) not valid;
alter table messages validate constraint messages_subject_check;

create index if not exists drafts_state_seq on drafts (workspace_id, state_seq);

-- +goose StatementBegin
-- What leads wrote, and what a sender sent them.
create or replace view legacy."Message" with (security_barrier) as
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
       null::text as "rawText", null::text as "rawHtml", nullif(m.subject, '') as "subject", '{}'::text[] as "cc",
       '{}'::text[] as "bcc", null::text as "fromEmail", null::text as "fromName", null::text as "toEmail",
       null::text as "toName", null::text as "sentBy", null::text as "sentByUserId", null::text as "aiDraftId",
       null::integer as "aiDraftPartIndex"
from messages m
join leads l on l.workspace_id = m.workspace_id and l.id = m.lead_id
union all
select d.id::text, coalesce(l.origin_id, l.id::text), d.channel, 'outbound', d.body,
       (d.sent_at at time zone 'UTC')::timestamp(3), (d.state_at at time zone 'UTC')::timestamp(3), true,
       null, null, null, null, null, 'zrg', null, null, nullif(m.subject, ''), '{}', '{}', null, null,
       nullif(l.email, ''), nullif(btrim(l.first_name || ' ' || l.last_name), ''), 'ai',
       (select coalesce(u.origin_id, u.id::text) from users u where u.id = d.decided_by), d.id::text, null
from drafts d
join messages m on m.workspace_id = d.workspace_id and m.id = d.message_id
join leads l on l.workspace_id = m.workspace_id and l.id = m.lead_id
where d.state = 'sent';
-- +goose StatementEnd
