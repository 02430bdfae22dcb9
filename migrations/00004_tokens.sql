-- +goose Up

-- A token lets a program act in one workspace. Only its SHA-256 is stored, so
-- that a copy of this table opens nothing.
create table api_tokens (
    id           uuid primary key default gen_random_uuid(),
    workspace_id uuid not null references workspaces,
    name         text not null check (persona_text(name, 80) and name !~ '[\n\t]'),
    scope        text not null check (scope in ('read', 'switch', 'write')),
    token_hash   bytea not null unique check (octet_length(token_hash) = 32),
    created_by   uuid not null references users,
    created_at   timestamptz not null default now(),
    expires_at   timestamptz not null,
    revoked_at   timestamptz,
    last_used_at timestamptz,
    unique (workspace_id, id),
    check (expires_at > created_at and expires_at <= created_at + interval '366 days')
);

-- The log names tokens by their rows, so a row stays, and what it allowed stays
-- readable: a token can be used and revoked, and nothing else about it changes.
-- +goose StatementBegin
create function token_keeps() returns trigger
    language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
begin
    if (to_jsonb(new) - '{revoked_at,last_used_at}'::text[]) is distinct from (to_jsonb(old) - '{revoked_at,last_used_at}'::text[])
        or old.revoked_at is not null and new.revoked_at is distinct from old.revoked_at then
        raise exception 'a token keeps what it was made with, and stays revoked'
            using errcode = 'check_violation', constraint = 'token_keeps';
    end if;
    return new;
end $$;
-- +goose StatementEnd
create trigger token_keeps before update on api_tokens for each row execute function token_keeps();
create trigger keep_tokens before delete or truncate on api_tokens execute function keep_rows();

-- Who acts through a token is the person who made it; the token says how.
alter table audit_events
    drop constraint audit_events_capacity_check,
    add constraint audit_events_capacity_check check (capacity in ('owner', 'admin', 'member', 'support', 'superadmin', 'operator', 'invited', 'token')),
    add column token_id uuid,
    add constraint audit_events_token foreign key (workspace_id, token_id) references api_tokens (workspace_id, id),
    add constraint audit_events_token_capacity check ((capacity = 'token') = (token_id is not null));
