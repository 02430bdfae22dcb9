-- An answer to what changes nothing, such as a preview, is kept under its key
-- too, and no event is recorded of it.

-- +goose Up
alter table idempotency_keys alter column event_id drop not null;
