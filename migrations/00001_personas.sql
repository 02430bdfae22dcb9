-- The whole first schema. What a rule of docs/architecture.md asks and a
-- database can hold is held here, also against programs that write plain SQL.

-- +goose Up

create table users (
    id            uuid primary key default gen_random_uuid(),
    email         text not null check (char_length(email) between 3 and 254 and email = btrim(email)),
    name          text not null check (char_length(name) between 1 and 120),
    password_hash text,
    superadmin    boolean not null default false,
    support       boolean not null default false,
    created_at    timestamptz not null default now()
);
create unique index users_email on users (lower(email));

create table workspaces (
    id         uuid primary key default gen_random_uuid(),
    name       text not null check (char_length(name) between 1 and 120 and name = btrim(name)),
    created_at timestamptz not null default now()
);

-- rev gives every write of a workspace a place in one order. It is a table of
-- its own because writers lock the workspace row, and changing a row that many
-- wait for makes each of them wait longer.
create table workspace_revisions (
    workspace_id uuid primary key references workspaces,
    rev          bigint not null default 0
);

create table members (
    workspace_id uuid not null references workspaces,
    user_id      uuid not null references users,
    role         text not null check (role in ('owner', 'admin', 'member')),
    created_at   timestamptz not null default now(),
    primary key (workspace_id, user_id)
);
create index members_user on members (user_id);

create table support_grants (
    id           uuid primary key default gen_random_uuid(),
    workspace_id uuid not null references workspaces,
    user_id      uuid not null references users,
    scope        text not null check (scope in ('switch', 'full')),
    reason       text not null check (char_length(reason) between 1 and 500),
    granted_by   uuid not null references users,
    created_at   timestamptz not null default now(),
    expires_at   timestamptz not null,
    revoked_at   timestamptz,
    unique (workspace_id, id)
);
create index support_grants_user on support_grants (user_id, workspace_id);

-- Only the SHA-256 of a session's id is stored, so that a copy of this table
-- signs nobody in.
create table sessions (
    id_hash    bytea primary key check (octet_length(id_hash) = 32),
    user_id    uuid not null references users on delete cascade,
    created_at timestamptz not null default now(),
    expires_at timestamptz not null
);
create index sessions_user on sessions (user_id);
create index sessions_expiry on sessions (expires_at);

create table secrets (
    name  text primary key,
    value bytea not null
);

create table audit_events (
    id           uuid primary key default gen_random_uuid(),
    workspace_id uuid not null references workspaces,
    rev          bigint not null,
    at           timestamptz not null default clock_timestamp(),
    actor_id     uuid references users,
    capacity     text not null check (capacity in ('owner', 'admin', 'support', 'superadmin', 'operator')),
    grant_id     uuid,
    action       text not null,
    persona_id   uuid,
    campaign_id  uuid,
    from_version integer,
    to_version   integer,
    details      jsonb not null default '{}',
    unique (workspace_id, id),
    unique (workspace_id, rev),
    foreign key (workspace_id, grant_id) references support_grants (workspace_id, id),
    check (actor_id is not null or capacity = 'operator')
);

-- persona_text tells whether a text is clean: not empty, trimmed, \n the only
-- line end, no other control character than a tab, not too long.
create function persona_text(value text, max_characters integer) returns boolean
    language sql immutable parallel safe
    return value is null
        or (char_length(value) between 1 and max_characters
            and value = btrim(value, E' \t\n')
            and value !~ '[\u0001-\u0008\u000b-\u001f\u007f-\u009f]');

create table personas (
    id                     uuid primary key default gen_random_uuid(),
    workspace_id           uuid not null references workspaces,
    -- Two personas may share a created_at; this decides which is older.
    seq                    bigint generated always as identity,
    name                   text not null check (persona_text(name, 80) and name !~ '[\n\t]'),
    is_default             boolean not null default false,
    display_name           text check (persona_text(display_name, 80)),
    tone                   text check (persona_text(tone, 60)),
    greeting               text check (persona_text(greeting, 500)),
    sms_greeting           text check (persona_text(sms_greeting, 320)),
    signature              text check (persona_text(signature, 2000)),
    goals                  text check (persona_text(goals, 4000)),
    service_description    text check (persona_text(service_description, 8000)),
    ideal_customer_profile text check (persona_text(ideal_customer_profile, 8000)),
    version                integer not null default 1,
    created_at             timestamptz not null default now(),
    updated_at             timestamptz not null default now(),
    created_by             uuid references users,
    unique (workspace_id, id)
);
create unique index personas_one_default on personas (workspace_id) where is_default;
-- A named collation, because the database's own may fold no more than ASCII.
create unique index personas_name on personas (workspace_id, lower(normalize(name) collate "und-x-icu"));

-- The legacy row. Its words may be anything that older programs wrote, so they
-- carry no limits of their own until a default persona exists.
create table workspace_settings (
    workspace_id            uuid primary key references workspaces,
    ai_persona_name         text,
    ai_tone                 text,
    ai_greeting             text,
    ai_sms_greeting         text,
    ai_signature            text,
    ai_goals                text,
    service_description     text,
    ideal_customer_profile  text,
    company_name            text,
    qualification_questions text,
    version                 integer not null default 1,
    updated_at              timestamptz not null default now()
);

create table campaigns (
    id           uuid primary key default gen_random_uuid(),
    workspace_id uuid not null references workspaces,
    external_id  text,
    name         text not null check (char_length(name) between 1 and 200),
    persona_id   uuid,
    created_at   timestamptz not null default now(),
    unique (workspace_id, id),
    unique (workspace_id, external_id),
    foreign key (workspace_id, persona_id) references personas (workspace_id, id) on delete set null (persona_id)
);
create index campaigns_persona on campaigns (workspace_id, persona_id);

-- Every version of every persona and of the settings, whoever wrote it. The row
-- of a deletion holds the words as they last stood.
create table persona_versions (
    workspace_id           uuid not null references workspaces,
    persona_id             uuid not null,
    version                integer not null,
    name                   text not null,
    is_default             boolean not null,
    display_name           text,
    tone                   text,
    greeting               text,
    sms_greeting           text,
    signature              text,
    goals                  text,
    service_description    text,
    ideal_customer_profile text,
    deleted                boolean not null default false,
    recorded_at            timestamptz not null default clock_timestamp(),
    event_id               uuid,
    primary key (workspace_id, persona_id, version),
    -- Deferred: the event is recorded last, when what it tells of is known.
    foreign key (workspace_id, event_id) references audit_events (workspace_id, id) deferrable initially deferred
);
create index persona_versions_event on persona_versions (event_id);

create table workspace_settings_versions (
    workspace_id            uuid not null references workspaces,
    version                 integer not null,
    ai_persona_name         text,
    ai_tone                 text,
    ai_greeting             text,
    ai_sms_greeting         text,
    ai_signature            text,
    ai_goals                text,
    service_description     text,
    ideal_customer_profile  text,
    company_name            text,
    qualification_questions text,
    deleted                 boolean not null default false,
    recorded_at             timestamptz not null default clock_timestamp(),
    event_id                uuid,
    primary key (workspace_id, version),
    foreign key (workspace_id, event_id) references audit_events (workspace_id, id) deferrable initially deferred
);
create index workspace_settings_versions_event on workspace_settings_versions (event_id);

-- +goose StatementBegin
create function workspace_added() returns trigger
    language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
begin
    insert into workspace_revisions (workspace_id) values (new.id);
    return null;
end $$;
-- +goose StatementEnd
create trigger workspace_added after insert on workspaces for each row execute function workspace_added();

-- The program names the event it will record in personae.event; a version that
-- plain SQL made has no event.
create function current_event() returns uuid language sql stable
    return nullif(current_setting('personae.event', true), '')::uuid;

-- +goose StatementBegin
create function persona_number() returns trigger
    language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
begin
    if tg_op = 'INSERT' then
        -- A restored persona goes on counting where its deletion stopped.
        new.version := 1 + coalesce((select max(v.version) from persona_versions v
            where v.workspace_id = new.workspace_id and v.persona_id = new.id), 0);
        return new;
    end if;
    if (new.id, new.workspace_id) is distinct from (old.id, old.workspace_id) then
        raise exception 'a persona keeps its id and its workspace' using errcode = 'check_violation', constraint = 'persona_keeps_workspace';
    end if;
    new.created_at := old.created_at;
    new.version := old.version;
    new.updated_at := old.updated_at;
    if new is distinct from old then
        new.version := old.version + 1;
        new.updated_at := clock_timestamp();
    end if;
    return new;
end $$;

create function persona_record() returns trigger
    language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare
    p personas := case when tg_op = 'DELETE' then old else new end;
begin
    if tg_op = 'DELETE' then
        p.version := p.version + 1;
    elsif tg_op = 'UPDATE' and new.version = old.version then
        return null;
    end if;
    insert into persona_versions (workspace_id, persona_id, version, name, is_default, display_name, tone, greeting,
        sms_greeting, signature, goals, service_description, ideal_customer_profile, deleted, event_id)
    values (p.workspace_id, p.id, p.version, p.name, p.is_default, p.display_name, p.tone, p.greeting,
        p.sms_greeting, p.signature, p.goals, p.service_description, p.ideal_customer_profile, tg_op = 'DELETE', current_event());
    return null;
end $$;

create function settings_number() returns trigger
    language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
begin
    if tg_op = 'INSERT' then
        new.version := 1 + coalesce((select max(v.version) from workspace_settings_versions v
            where v.workspace_id = new.workspace_id), 0);
        return new;
    end if;
    if new.workspace_id is distinct from old.workspace_id then
        raise exception 'settings keep their workspace' using errcode = 'check_violation', constraint = 'settings_keep_workspace';
    end if;
    new.version := old.version;
    new.updated_at := old.updated_at;
    if new is distinct from old then
        new.version := old.version + 1;
        new.updated_at := clock_timestamp();
    end if;
    return new;
end $$;

create function settings_record() returns trigger
    language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare
    s workspace_settings := case when tg_op = 'DELETE' then old else new end;
begin
    if tg_op = 'DELETE' then
        s.version := s.version + 1;
    elsif tg_op = 'UPDATE' and new.version = old.version then
        return null;
    end if;
    insert into workspace_settings_versions (workspace_id, version, ai_persona_name, ai_tone, ai_greeting, ai_sms_greeting,
        ai_signature, ai_goals, service_description, ideal_customer_profile, company_name, qualification_questions, deleted, event_id)
    values (s.workspace_id, s.version, s.ai_persona_name, s.ai_tone, s.ai_greeting, s.ai_sms_greeting,
        s.ai_signature, s.ai_goals, s.service_description, s.ideal_customer_profile, s.company_name, s.qualification_questions,
        tg_op = 'DELETE', current_event());
    return null;
end $$;

-- default_holds checks rules 1 and 2 of one workspace when a transaction
-- commits. Writing the workspace's revision row first puts all such commits in
-- a line, whatever their isolation level: under READ COMMITTED the next
-- statement then sees what the one before left; under the others a commit in
-- between makes this one fail with 40001. It does not take the workspace row,
-- which our own writers hold while they wait for persona rows: that would be a
-- deadlock.
create function default_holds() returns trigger
    language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare
    ws uuid := case when tg_op = 'DELETE' then old.workspace_id else new.workspace_id end;
begin
    if not exists (select from workspace_revisions
                   where workspace_id = ws and xmin = pg_current_xact_id()::xid) then
        update workspace_revisions set rev = rev where workspace_id = ws;
        if not found then
            raise exception 'workspace % has no revision row', ws
                using errcode = 'check_violation', constraint = 'workspace_has_revision';
        end if;
    end if;
    if not exists (select from personas where workspace_id = ws) then
        return null;
    end if;
    if not exists (select from personas where workspace_id = ws and is_default) then
        raise exception 'workspace % has personas and no default', ws
            using errcode = 'check_violation', constraint = 'personas_have_default',
                  hint = 'Make another persona the default in the same transaction.';
    end if;
    if not exists (
        select from personas p join workspace_settings s on s.workspace_id = p.workspace_id
        where p.workspace_id = ws and p.is_default
          and (p.display_name, p.tone, p.greeting, p.sms_greeting, p.signature, p.goals, p.service_description, p.ideal_customer_profile)
              is not distinct from
              (s.ai_persona_name, s.ai_tone, s.ai_greeting, s.ai_sms_greeting, s.ai_signature, s.ai_goals, s.service_description, s.ideal_customer_profile)) then
        raise exception 'the settings of workspace % differ from its default persona', ws
            using errcode = 'check_violation', constraint = 'settings_mirror_default',
                  hint = 'Change the default persona and its eight settings columns in the same transaction.';
    end if;
    return null;
end $$;

create function keep_rows() returns trigger language plpgsql as $$
begin
    raise exception '% on % is refused: history is only added to', tg_op, tg_table_name
        using errcode = 'check_violation', constraint = 'history_is_kept';
end $$;
-- +goose StatementEnd

create trigger persona_number before insert or update on personas for each row execute function persona_number();
create trigger persona_record after insert or update or delete on personas for each row execute function persona_record();
create trigger settings_number before insert or update on workspace_settings for each row execute function settings_number();
create trigger settings_record after insert or update or delete on workspace_settings for each row execute function settings_record();

create constraint trigger default_holds_insert after insert on personas
    deferrable initially deferred for each row execute function default_holds();
create constraint trigger default_holds_update after update on personas
    deferrable initially deferred for each row when (old.is_default or new.is_default) execute function default_holds();
create constraint trigger default_holds_delete after delete on personas
    deferrable initially deferred for each row when (old.is_default) execute function default_holds();
create constraint trigger default_holds_settings after insert or update or delete on workspace_settings
    deferrable initially deferred for each row execute function default_holds();

-- TRUNCATE fires no row trigger, so it would pass all of the above.
create trigger keep_personas before truncate on personas execute function keep_rows();
create trigger keep_settings before truncate on workspace_settings execute function keep_rows();
create trigger keep_revisions before delete or truncate on workspace_revisions execute function keep_rows();
create trigger keep_persona_versions before update or delete or truncate on persona_versions execute function keep_rows();
create trigger keep_settings_versions before update or delete or truncate on workspace_settings_versions execute function keep_rows();
create trigger keep_events before update or delete or truncate on audit_events execute function keep_rows();
