-- +goose NO TRANSACTION
-- The leads who wrote within a week, of all workspaces, whom a sweep looks at.

-- +goose Up

-- Nobody waits while it is made. One that was broken off is made anew.
drop index concurrently if exists leads_by_last_at;
create index concurrently leads_by_last_at on leads (last_at);
