-- What the audit log's page would otherwise look for in every row of a workspace.

-- +goose Up

create index audit_events_actor on audit_events (workspace_id, actor_id);
create index persona_versions_outside on persona_versions (workspace_id, recorded_at) where event_id is null;
create index workspace_settings_versions_outside on workspace_settings_versions (workspace_id, recorded_at) where event_id is null;
