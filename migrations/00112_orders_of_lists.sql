-- +goose NO TRANSACTION
-- The orders in which personas are listed, of which a page is read without the others; the
-- campaigns of each as they are counted, without those that are archived, by the index alone; and
-- the few that a page looks for among all.

-- +goose Up

-- Nobody waits while one is made. One that was broken off is made anew.
drop index concurrently if exists personas_by_name;
create index concurrently personas_by_name on personas (workspace_id, is_default desc, name collate "und-x-icu", seq);
drop index concurrently if exists campaigns_of;
create index concurrently campaigns_of on campaigns (workspace_id, persona_id, name collate "und-x-icu", id) where archived_at is null;
drop index concurrently if exists campaigns_archived;
create index concurrently campaigns_archived on campaigns (workspace_id) where archived_at is not null;
drop index concurrently if exists personas_by_age;
create index concurrently personas_by_age on personas (workspace_id, seq);
drop index concurrently if exists personas_nameless;
create index concurrently personas_nameless on personas (workspace_id) where display_name is null;
drop index concurrently if exists personas_variants;
create index concurrently personas_variants on personas (workspace_id) where variants is not null;
