-- Names for programs that were written for the origin's database, and what
-- came over from there.

-- +goose Up

-- The ids that the origin knows rows by: texts, mostly not UUIDs. Programs that
-- stored them go on using them, by way of the views below.
alter table users add column origin_id text unique;
alter table workspaces add column origin_id text unique;

-- What came over, also when it was deleted here since: an import that runs again
-- brings none of it a second time.
create table origin_rows (
    workspace_id uuid not null references workspaces,
    kind         text not null check (kind in ('persona', 'campaign', 'member')),
    origin_id    text not null,
    id           uuid not null,
    primary key (workspace_id, kind, origin_id)
);
create index origin_rows_id on origin_rows (workspace_id, kind, id);

-- A reader of the views below could otherwise call it: it writes.
revoke execute on function keep_unrecorded(uuid) from public;

create schema legacy;

-- Named, cased and typed as the origin's tables: ids are text, times have no
-- zone and are UTC. Readers need rights on the views alone, which look at the
-- tables as their owner.
create index workspaces_legacy_id on workspaces ((coalesce(origin_id, id::text)));

-- +goose StatementBegin
create view legacy."Client" with (security_barrier) as
select coalesce(w.origin_id, w.id::text)                   as "id",
       w.name                                              as "name",
       (select coalesce(u.origin_id, u.id::text) from members m join users u on u.id = m.user_id
        where m.workspace_id = w.id and m.role = 'owner' order by m.created_at, m.user_id limit 1) as "userId",
       (w.created_at at time zone 'UTC')::timestamp(3)     as "createdAt",
       (w.created_at at time zone 'UTC')::timestamp(3)     as "updatedAt"
from workspaces w;

-- The origin has two kinds of people here: ADMIN, and SETTER who only works.
create view legacy."ClientMember" with (security_barrier) as
select m.workspace_id || ':' || m.user_id                  as "id",
       coalesce(w.origin_id, w.id::text)                   as "clientId",
       coalesce(u.origin_id, u.id::text)                   as "userId",
       case when m.role in ('owner', 'admin') then 'ADMIN' else 'SETTER' end as "role",
       (m.created_at at time zone 'UTC')::timestamp(3)     as "createdAt"
from members m
join workspaces w on w.id = m.workspace_id
join users u on u.id = m.user_id;

create view legacy."WorkspaceSettings" with (security_barrier) as
select s.workspace_id::text                                as "id",
       coalesce(w.origin_id, w.id::text)                   as "clientId",
       s.ai_persona_name                                   as "aiPersonaName",
       s.ai_tone                                           as "aiTone",
       s.ai_greeting                                       as "aiGreeting",
       s.ai_sms_greeting                                   as "aiSmsGreeting",
       s.ai_signature                                      as "aiSignature",
       s.ai_goals                                          as "aiGoals",
       s.service_description                               as "serviceDescription",
       s.ideal_customer_profile                            as "idealCustomerProfile",
       s.company_name                                      as "companyName",
       s.qualification_questions                           as "qualificationQuestions",
       (w.created_at at time zone 'UTC')::timestamp(3)     as "createdAt",
       (s.updated_at at time zone 'UTC')::timestamp(3)     as "updatedAt"
from workspace_settings s
join workspaces w on w.id = s.workspace_id;

create view legacy."AiPersona" with (security_barrier) as
select coalesce(o.origin_id, p.id::text)                   as "id",
       coalesce(w.origin_id, w.id::text)                   as "clientId",
       p.name                                              as "name",
       p.is_default                                        as "isDefault",
       p.display_name                                      as "personaName",
       p.tone                                              as "tone",
       p.greeting                                          as "greeting",
       p.sms_greeting                                      as "smsGreeting",
       p.signature                                         as "signature",
       p.goals                                             as "goals",
       p.service_description                               as "serviceDescription",
       p.ideal_customer_profile                            as "idealCustomerProfile",
       (p.created_at at time zone 'UTC')::timestamp(3)     as "createdAt",
       (p.updated_at at time zone 'UTC')::timestamp(3)     as "updatedAt",
       (select coalesce(u.origin_id, u.id::text) from users u where u.id = p.created_by) as "createdBy"
from personas p
join workspaces w on w.id = p.workspace_id
left join origin_rows o on o.workspace_id = p.workspace_id and o.kind = 'persona' and o.id = p.id;

create view legacy."EmailCampaign" with (security_barrier) as
select coalesce(o.origin_id, c.id::text)                   as "id",
       coalesce(w.origin_id, w.id::text)                   as "clientId",
       c.external_id                                       as "bisonCampaignId",
       c.name                                              as "name",
       coalesce(op.origin_id, c.persona_id::text)          as "aiPersonaId",
       (c.created_at at time zone 'UTC')::timestamp(3)     as "createdAt",
       (c.created_at at time zone 'UTC')::timestamp(3)     as "updatedAt"
from campaigns c
join workspaces w on w.id = c.workspace_id
left join origin_rows o on o.workspace_id = c.workspace_id and o.kind = 'campaign' and o.id = c.id
left join origin_rows op on op.workspace_id = c.workspace_id and op.kind = 'persona' and op.id = c.persona_id;
-- +goose StatementEnd
