-- +goose NO TRANSACTION
-- Webhooks hear that something scheduled was not done. Rows are looked at while others write.

-- +goose Up
alter table webhooks drop constraint if exists webhooks_events;
alter table webhooks add constraint webhooks_events check (cardinality(events) > 0 and events <@ array['persona.default_changed',
    'persona.created', 'persona.updated', 'persona.deleted', 'campaign.assigned', 'draft.created', 'draft.approved', 'draft.rejected',
    'draft.sent', 'draft.failed', 'lead.contact_changed', 'proposal.made', 'schedule.skipped', 'support.let_in']) not valid;
alter table webhooks validate constraint webhooks_events;
alter table webhooks drop constraint if exists webhooks_events_check;
alter table webhook_deliveries drop constraint if exists webhook_deliveries_event;
alter table webhook_deliveries add constraint webhook_deliveries_event check (event in ('persona.default_changed', 'persona.created',
    'persona.updated', 'persona.deleted', 'campaign.assigned', 'draft.created', 'draft.approved', 'draft.rejected', 'draft.sent',
    'draft.failed', 'lead.contact_changed', 'proposal.made', 'schedule.skipped', 'support.let_in', 'ping')) not valid;
alter table webhook_deliveries validate constraint webhook_deliveries_event;
alter table webhook_deliveries drop constraint if exists webhook_deliveries_event_check;
