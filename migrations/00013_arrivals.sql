-- +goose NO TRANSACTION
-- Leads and messages that came over, and leads for programs that were written
-- for the origin's database.

-- +goose Up

-- Each statement is a transaction of its own, so that looking through what came
-- over holds up nobody, and can be done again where the one after it failed.
alter table origin_rows drop constraint if exists origin_rows_kind_check,
    add constraint origin_rows_kind_check check (kind in ('persona', 'campaign', 'member', 'lead', 'message')) not valid;
alter table origin_rows validate constraint origin_rows_kind_check;

alter table leads add column if not exists origin_id text;
create index if not exists leads_legacy_id on leads ((coalesce(origin_id, id::text)));

-- Whether the lead was answered by somebody else than us: then no draft is
-- wanted, unless a person asks for it.
alter table messages add column if not exists answered_elsewhere boolean not null default false;

-- +goose StatementBegin
create or replace view legacy."Lead" with (security_barrier) as
select coalesce(l.origin_id, l.id::text)                   as "id",
       coalesce(w.origin_id, w.id::text)                   as "clientId",
       nullif(l.first_name, '')                            as "firstName",
       nullif(l.last_name, '')                             as "lastName",
       nullif(l.email, '')                                 as "email",
       nullif(l.company, '')                               as "companyName",
       case when l.blacklisted or l.opted_out or l.unsubscribed or l.bounced then 'blacklisted' else 'new' end as "status",
       coalesce(o.origin_id, l.campaign_id::text)          as "emailCampaignId",
       s.fit::integer                                      as "fitScore",
       s.intent::integer                                   as "intentScore",
       s.overall::integer                                  as "overallScore",
       s.reason                                            as "scoreReasoning",
       (s.created_at at time zone 'UTC')::timestamp(3)     as "scoredAt",
       (l.created_at at time zone 'UTC')::timestamp(3)     as "createdAt",
       (l.updated_at at time zone 'UTC')::timestamp(3)     as "updatedAt"
from leads l
join workspaces w on w.id = l.workspace_id
left join origin_rows o on o.workspace_id = l.workspace_id and o.kind = 'campaign' and o.id = l.campaign_id
left join lateral (select * from scores s where s.workspace_id = l.workspace_id and s.lead_id = l.id order by s.created_at desc limit 1) s on true;
-- +goose StatementEnd
