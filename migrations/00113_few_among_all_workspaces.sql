-- +goose NO TRANSACTION
-- Which workspaces ask for a second factor is asked for each person who opens the list, and
-- a search reads what was not put into its index yet one by one.

-- +goose Up

-- Nobody waits while it is made. One that was broken off is made anew.
drop index concurrently if exists workspaces_second_factor;
create index concurrently workspaces_second_factor on workspaces (id) where require_second_factor;
alter index campaigns_search set (gin_pending_list_limit = 256);
alter index workspaces_search set (gin_pending_list_limit = 256);
