-- Webhooks that tell people, in the shape that Slack takes, and hear of proposals and of
-- support that was let in.

-- +goose Up

alter table webhooks add column slack boolean not null default false,
    drop constraint webhooks_events_check,
    add constraint webhooks_events_check check (cardinality(events) > 0 and events <@ array['persona.default_changed', 'persona.created',
        'persona.updated', 'persona.deleted', 'campaign.assigned', 'draft.created', 'draft.approved', 'draft.rejected', 'draft.sent',
        'draft.failed', 'lead.contact_changed', 'proposal.made', 'support.let_in']) not valid;
alter table webhooks validate constraint webhooks_events_check;
alter table webhook_deliveries drop constraint webhook_deliveries_event_check,
    add constraint webhook_deliveries_event_check check (event in ('persona.default_changed', 'persona.created', 'persona.updated',
        'persona.deleted', 'campaign.assigned', 'draft.created', 'draft.approved', 'draft.rejected', 'draft.sent', 'draft.failed',
        'lead.contact_changed', 'proposal.made', 'support.let_in', 'ping')) not valid;
alter table webhook_deliveries validate constraint webhook_deliveries_event_check;
