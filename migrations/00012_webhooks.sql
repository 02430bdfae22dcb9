-- Where other programs are told what happened, what they are told and how each
-- try went.

-- +goose Up

-- HMAC needs the secret as it is, so no hash would do. gone is a webhook that
-- its receiver ended.
create table webhooks (
    id             uuid primary key default gen_random_uuid(),
    workspace_id   uuid not null references workspaces,
    url            text not null check (char_length(url) <= 2000 and url ~ '^https?://'),
    events         text[] not null check (cardinality(events) > 0 and events <@ array['persona.default_changed', 'persona.updated', 'draft.created']),
    secret         text not null check (char_length(secret) >= 40),
    secret_made_at timestamptz not null default now(),
    paused_at      timestamptz,
    gone           boolean not null default false,
    created_at     timestamptz not null default now(),
    created_by     uuid references users,
    unique (workspace_id, id),
    unique (workspace_id, url),
    check (not gone or paused_at is not null)
);

-- about tells deliveries of one event apart, so that none is made twice. round
-- counts how often it was asked for, tries those of this round.
create table webhook_deliveries (
    id           uuid primary key default gen_random_uuid(),
    workspace_id uuid not null,
    webhook_id   uuid not null,
    event        text not null check (event in ('persona.default_changed', 'persona.updated', 'draft.created', 'ping')),
    about        text not null,
    data         jsonb not null,
    occurred_at  timestamptz not null default clock_timestamp(),
    state        text not null default 'waiting' check (state in ('waiting', 'delivered', 'failed', 'stopped')),
    round        integer not null default 1,
    tries        integer not null default 0,
    next_try_at  timestamptz default now(),
    unique (workspace_id, id),
    unique (webhook_id, event, about),
    foreign key (workspace_id, webhook_id) references webhooks (workspace_id, id) on delete cascade,
    check ((state = 'waiting') = (next_try_at is not null))
);
create index webhook_deliveries_log on webhook_deliveries (workspace_id, webhook_id, occurred_at);
create index webhook_deliveries_waiting on webhook_deliveries (next_try_at) where state = 'waiting';
create index webhook_deliveries_age on webhook_deliveries (occurred_at);

create table webhook_tries (
    seq          bigint generated always as identity primary key,
    workspace_id uuid not null,
    delivery_id  uuid not null,
    at           timestamptz not null default clock_timestamp(),
    status       integer,
    problem      text not null default '',
    foreign key (workspace_id, delivery_id) references webhook_deliveries (workspace_id, id) on delete cascade,
    check (status is not null or problem <> '')
);
create index webhook_tries_delivery on webhook_tries (workspace_id, delivery_id, seq);
