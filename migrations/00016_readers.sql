-- +goose NO TRANSACTION
-- What is looked up among many messages and leads.

-- +goose Up

-- Each statement is a transaction of its own, so that building an index holds up
-- those who write to one table and not to both.

-- The last messages of a workspace, whoever wrote them.
create index if not exists messages_recent on messages (workspace_id, sent_at, id);

-- Leads whose score failed, which are few.
create index if not exists leads_unscored on leads (workspace_id) where score_problem <> '' and score_asked_at is null;
