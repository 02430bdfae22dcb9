-- +goose NO TRANSACTION
-- The order of the list of campaigns, of which a page is read without the others.

-- +goose Up

-- Nobody waits while it is made. One that was broken off is made anew.
drop index concurrently if exists campaigns_by_name;
create index concurrently campaigns_by_name on campaigns (workspace_id, name collate "und-x-icu", id);
