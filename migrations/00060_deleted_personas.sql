-- +goose NO TRANSACTION
-- The versions that were deletions, so that a list of personas need not look at all
-- versions to say how many were deleted.

-- +goose Up

-- Nobody waits while it is made. One that was broken off is made anew.
drop index concurrently if exists persona_versions_deleted;
create index concurrently persona_versions_deleted on persona_versions (workspace_id, persona_id) where deleted;
