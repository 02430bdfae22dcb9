-- Support grants and requests, invitations, sign-in.

-- +goose Up

alter table audit_events drop constraint audit_events_capacity_check;
alter table audit_events add constraint audit_events_capacity_check
    check (capacity in ('owner', 'admin', 'member', 'support', 'superadmin', 'operator', 'invited'));

-- A grant lasts a week at the most (the minutes are for two clocks), and once
-- it is given only its end can come.
alter table support_grants add constraint support_grants_length
    check (expires_at <= created_at + interval '7 days 5 minutes') not valid;

-- +goose StatementBegin
create function support_grant_is_kept() returns trigger
    language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
begin
    if tg_op = 'UPDATE' and old.revoked_at is null
        and (new.id, new.workspace_id, new.user_id, new.scope, new.reason, new.granted_by, new.created_at, new.expires_at)
            is not distinct from (old.id, old.workspace_id, old.user_id, old.scope, old.reason, old.granted_by, old.created_at, old.expires_at) then
        return new;
    end if;
    raise exception 'a support grant can only be revoked, once' using errcode = 'check_violation', constraint = 'support_grant_is_kept';
end $$;
-- +goose StatementEnd
create trigger support_grant_is_kept before update or delete on support_grants for each row execute function support_grant_is_kept();
create trigger keep_grants before truncate on support_grants execute function keep_rows();

create table support_requests (
    id           uuid primary key default gen_random_uuid(),
    workspace_id uuid not null references workspaces,
    user_id      uuid not null references users,
    scope        text not null check (scope in ('switch', 'full')),
    hours        integer not null check (hours in (1, 24, 168)),
    reason       text not null check (char_length(reason) between 1 and 500),
    created_at   timestamptz not null default now(),
    decided_at   timestamptz,
    decided_by   uuid references users,
    grant_id     uuid,
    unique (workspace_id, id),
    foreign key (workspace_id, grant_id) references support_grants (workspace_id, id),
    check ((decided_at is null) = (decided_by is null)),
    check (grant_id is null or decided_at is not null)
);
create index support_requests_user on support_requests (user_id);

-- The link's token is stored as its SHA-256 only.
create table invitations (
    id           uuid primary key default gen_random_uuid(),
    workspace_id uuid not null references workspaces,
    email        text not null check (char_length(email) between 3 and 254),
    role         text not null check (role in ('owner', 'admin', 'member')),
    token_hash   bytea not null unique check (octet_length(token_hash) = 32),
    invited_by   uuid references users,
    created_at   timestamptz not null default now(),
    expires_at   timestamptz not null,
    accepted_at  timestamptz,
    accepted_by  uuid references users,
    revoked_at   timestamptz,
    unique (workspace_id, id),
    check ((accepted_at is null) = (accepted_by is null)),
    check (accepted_at is null or revoked_at is null)
);

-- members_have_admin: a workspace with members keeps an owner or admin. It puts
-- the transactions that may break this in a line, as default_holds does.
-- +goose StatementBegin
create function members_have_admin() returns trigger
    language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare
    ws uuid := case when tg_op = 'DELETE' then old.workspace_id else new.workspace_id end;
begin
    if not exists (select from workspace_revisions
                   where workspace_id = ws and xmin = pg_current_xact_id()::xid) then
        update workspace_revisions set rev = rev where workspace_id = ws;
    end if;
    if exists (select from members where workspace_id = ws)
        and not exists (select from members where workspace_id = ws and role in ('owner', 'admin')) then
        raise exception 'workspace % would be left without an admin', ws
            using errcode = 'check_violation', constraint = 'members_have_admin';
    end if;
    return null;
end $$;
-- +goose StatementEnd
create constraint trigger members_have_admin after insert or update or delete on members
    deferrable initially deferred for each row execute function members_have_admin();

-- id names a session to its owner; agent is the kind of browser, in a few words.
alter table sessions add column id uuid not null unique default gen_random_uuid();
alter table sessions add column agent text not null default '' check (char_length(agent) <= 80);

create table password_resets (
    token_hash bytea primary key check (octet_length(token_hash) = 32),
    user_id    uuid not null references users on delete cascade,
    created_at timestamptz not null default now(),
    expires_at timestamptz not null,
    used_at    timestamptz
);

-- Failed sign-ins, by a keyed hash of whom or where they concern.
create table sign_in_failures (
    bucket bytea not null check (octet_length(bucket) = 32),
    at     timestamptz not null default clock_timestamp()
);
create index sign_in_failures_bucket on sign_in_failures (bucket, at);
create index sign_in_failures_at on sign_in_failures (at);
