-- +goose NO TRANSACTION
-- Erasing a workspace looked at the words of all leads of all workspaces, for each few that it removed.

-- +goose Up

-- Nobody waits while it is made. One that was broken off is made anew.
drop index concurrently if exists lead_words_workspace;
create index concurrently lead_words_workspace on lead_words (workspace_id);
