-- What a form that changes a webhook was opened at: it grows by one with each
-- change of the address or the events.

-- +goose Up

alter table webhooks add column version integer not null default 1 check (version > 0);
