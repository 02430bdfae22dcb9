-- +goose NO TRANSACTION
-- People and webhooks hear of drafts that have waited for more than a day. Rows are looked at while
-- others write.

-- +goose Up
create table if not exists draft_reminders (
    workspace_id uuid primary key references workspaces on delete cascade,
    told_at      timestamptz not null
);
alter table webhooks drop constraint if exists webhooks_heard;
alter table webhooks add constraint webhooks_heard check (cardinality(events) > 0 and events <@ array['persona.default_changed',
    'persona.created', 'persona.updated', 'persona.deleted', 'campaign.assigned', 'draft.created', 'draft.approved', 'draft.rejected',
    'draft.sent', 'draft.failed', 'drafts.waiting', 'lead.contact_changed', 'proposal.made', 'schedule.skipped', 'support.let_in']) not valid;
alter table webhooks validate constraint webhooks_heard;
alter table webhooks drop constraint if exists webhooks_events;
alter table webhook_deliveries drop constraint if exists webhook_deliveries_told;
alter table webhook_deliveries add constraint webhook_deliveries_told check (event in ('persona.default_changed', 'persona.created',
    'persona.updated', 'persona.deleted', 'campaign.assigned', 'draft.created', 'draft.approved', 'draft.rejected', 'draft.sent',
    'draft.failed', 'drafts.waiting', 'lead.contact_changed', 'proposal.made', 'schedule.skipped', 'support.let_in', 'ping')) not valid;
alter table webhook_deliveries validate constraint webhook_deliveries_told;
alter table webhook_deliveries drop constraint if exists webhook_deliveries_event;
alter table notice_choices drop constraint if exists notice_choices_told;
alter table notice_choices add constraint notice_choices_told check (event in ('persona.default_changed', 'proposal.made',
    'schedule.skipped', 'drafts.waiting', 'support.let_in')) not valid;
alter table notice_choices validate constraint notice_choices_told;
alter table notice_choices drop constraint if exists notice_choices_event;
-- Who is told, without a look at all others.
create index concurrently if not exists notice_choices_waiting on notice_choices (workspace_id) where event = 'drafts.waiting';
create index concurrently if not exists webhooks_waiting on webhooks (workspace_id) where events @> array['drafts.waiting'];
