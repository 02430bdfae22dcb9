-- +goose NO TRANSACTION
-- By which a switch finds what was kept of trying a persona, however much happened to it.

-- +goose Up
drop index concurrently if exists audit_events_tried;
create index concurrently audit_events_tried on audit_events (workspace_id, persona_id, at, rev) where action = 'persona.tried';
