-- What happened to somebody's account, for them alone, and when a session was last used.

-- +goose Up

-- account_events: what, when and with which kind of browser; no address. What strangers
-- can bring about (tried) has a place of its own, so that it drives nothing else out.
create table account_events (
    id      bigint generated always as identity primary key,
    user_id uuid not null references users on delete cascade,
    at      timestamptz not null default clock_timestamp(),
    kind    text not null check (kind ~ '^[a-z_]+\.[a-z_]+$' and char_length(kind) <= 40),
    tried   boolean not null,
    agent   text not null check (char_length(agent) <= 80)
);
create index account_events_user on account_events (user_id, tried, id);
create index account_events_at on account_events (at);

alter table sessions add column last_used_at timestamptz not null default now();
