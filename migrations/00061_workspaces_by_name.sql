-- +goose NO TRANSACTION
-- The order of the list of workspaces, of which a page is read without the others.

-- +goose Up

-- Nobody waits while it is made. One that was broken off is made anew.
drop index concurrently if exists workspaces_by_name;
create index concurrently workspaces_by_name on workspaces (name collate "und-x-icu", id);
