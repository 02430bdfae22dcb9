-- Second factors: authenticator apps, passkeys and recovery codes.

-- +goose Up

-- last_step is the half minute whose code was used last: none is taken twice.
create table user_totp (
    user_id    uuid primary key references users on delete cascade,
    secret     bytea not null check (octet_length(secret) = 20),
    created_at timestamptz not null default now(),
    last_step  bigint not null
);

create table passkeys (
    id            uuid primary key default gen_random_uuid(),
    user_id       uuid not null references users on delete cascade,
    credential_id bytea not null unique,
    credential    jsonb not null,
    name          text not null check (char_length(name) between 1 and 80),
    created_at    timestamptz not null default now(),
    last_used_at  timestamptz
);
create index passkeys_user on passkeys (user_id);

create table recovery_codes (
    user_id   uuid not null references users on delete cascade,
    code_hash text not null,
    used_at   timestamptz,
    primary key (user_id, code_hash)
);

-- Those who gave the right password and owe the second factor. kept is a form
-- that waits for them, challenge what their passkey is to sign.
create table sign_in_steps (
    token_hash bytea primary key check (octet_length(token_hash) = 32),
    user_id    uuid not null references users on delete cascade,
    next       text not null,
    kept       text not null,
    challenge  jsonb,
    expires_at timestamptz not null
);
create index sign_in_steps_expire on sign_in_steps (expires_at);

alter table workspaces add column require_second_factor boolean not null default false;
