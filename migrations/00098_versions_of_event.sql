-- +goose NO TRANSACTION
-- The versions that an event made are found by all that is known of them: with the event alone in the
-- index, PostgreSQL would as soon read all versions of the workspace, which it takes for few. The event
-- comes first, so that nothing else is looked up by these.

-- +goose Up
create index concurrently if not exists persona_versions_of_event on persona_versions (event_id, workspace_id, persona_id);
create index concurrently if not exists workspace_settings_versions_of_event on workspace_settings_versions (event_id, workspace_id);
drop index concurrently if exists persona_versions_event;
drop index concurrently if exists workspace_settings_versions_event;
