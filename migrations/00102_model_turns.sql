-- How many previews a model writes at once for a person, and in a workspace, holds of all instances
-- together. A turn ends by itself, so that one which died leaves none behind.

-- +goose Up
create table model_turns (
    id           uuid primary key default gen_random_uuid(),
    workspace_id uuid not null references workspaces on delete cascade,
    sender_id    uuid not null, -- a person, or a program's token
    ends_at      timestamptz not null
);
create index model_turns_of_workspace on model_turns (workspace_id);
create index model_turns_of_sender on model_turns (sender_id);
create index model_turns_end on model_turns (ends_at);
