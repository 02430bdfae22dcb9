-- +goose Up

-- What a program sent once with an Idempotency-Key, or a person by one form, and
-- what it was given for it: kept 24 hours, in the transaction that did it.
-- sender_id is the token's id or the person's. request_hash is the SHA-256 of
-- method, path and body.
create table idempotency_keys (
    workspace_id uuid not null,
    sender_id    uuid not null,
    key_hash     bytea not null check (octet_length(key_hash) = 32),
    request_hash bytea not null check (octet_length(request_hash) = 32),
    event_id     uuid not null,
    result       jsonb not null,
    created_at   timestamptz not null default clock_timestamp(),
    primary key (workspace_id, sender_id, key_hash),
    foreign key (workspace_id, event_id) references audit_events (workspace_id, id)
);
create index idempotency_keys_age on idempotency_keys (workspace_id, created_at);
