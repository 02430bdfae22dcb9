-- +goose NO TRANSACTION
-- The messages of a week that a sweep looks at: those that nobody answered elsewhere, of all workspaces. Nothing else
-- goes by when a message was sent, or a lead wrote last, whatever its workspace.

-- +goose Up

-- Nobody waits while it is made. One that was broken off is made anew.
drop index concurrently if exists messages_unanswered;
create index concurrently messages_unanswered on messages (sent_at) where not answered_elsewhere;
drop index concurrently if exists messages_sent;
drop index concurrently if exists leads_by_last_at;
