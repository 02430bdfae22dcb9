-- Personas that superadmins keep for all workspaces. A workspace takes one as a copy, which
-- remembers where it came from, so that what changes in the original can be offered to it.

-- +goose Up

-- House personas belong to no workspace. They are withdrawn, never deleted: their copies are
-- merged with what they said.
create table house_personas (
    id                     uuid primary key default gen_random_uuid(),
    name                   text not null check (persona_text(name, 80) and name !~ '[\n\t]'),
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
    withdrawn_at           timestamptz
);
create unique index house_personas_name on house_personas (name_key(name));

-- Every version, whoever wrote it: what it said, who changed it and when.
create table house_persona_versions (
    house_persona_id       uuid not null references house_personas,
    version                integer not null,
    name                   text not null,
    display_name           text,
    tone                   text,
    greeting               text,
    sms_greeting           text,
    signature              text,
    goals                  text,
    service_description    text,
    ideal_customer_profile text,
    withdrawn              boolean not null,
    recorded_at            timestamptz not null default clock_timestamp(),
    changed_by             uuid references users, -- null: a program with plain SQL
    primary key (house_persona_id, version)
);

-- What a persona was taken from, and with which version of it its words were last merged. It is
-- no column of personas: their versions count what their words were, and other people's
-- proposals, edits and undoing lean on those. It points at a version of the persona, not at
-- the persona, so that one which is deleted and restored is a copy again.
create table house_copies (
    workspace_id     uuid not null references workspaces,
    persona_id       uuid not null,
    persona_version  integer not null,
    house_persona_id uuid not null,
    house_version    integer not null,
    primary key (workspace_id, persona_id),
    foreign key (workspace_id, persona_id, persona_version) references persona_versions,
    foreign key (house_persona_id, house_version) references house_persona_versions
);
create index house_copies_of on house_copies (house_persona_id, house_version);

-- With which version of its house persona a proposed edit merges a copy; null: with none.
alter table proposals add column house_version integer,
    add constraint proposals_of_house check (house_version is null or kind = 'edit' and house_version > 0) not valid;
alter table proposals validate constraint proposals_of_house;

-- +goose StatementBegin
create function house_persona_number() returns trigger
    language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
begin
    if tg_op = 'INSERT' then
        new.version := 1;
        return new;
    end if;
    if new.id is distinct from old.id then
        raise exception 'a house persona keeps its id' using errcode = 'check_violation', constraint = 'house_persona_keeps_id';
    end if;
    new.created_at := old.created_at;
    new.created_by := old.created_by;
    new.version := old.version;
    new.updated_at := old.updated_at;
    if new is distinct from old then
        new.version := old.version + 1;
        new.updated_at := clock_timestamp();
    end if;
    return new;
end $$;

-- The program names who changes a house persona in personae.actor.
create function house_persona_record() returns trigger
    language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
begin
    if tg_op = 'UPDATE' and new.version = old.version then
        return null;
    end if;
    insert into house_persona_versions (house_persona_id, version, name, display_name, tone, greeting, sms_greeting, signature,
        goals, service_description, ideal_customer_profile, withdrawn, changed_by)
    values (new.id, new.version, new.name, new.display_name, new.tone, new.greeting, new.sms_greeting, new.signature,
        new.goals, new.service_description, new.ideal_customer_profile, new.withdrawn_at is not null,
        nullif(current_setting('personae.actor', true), '')::uuid);
    return null;
end $$;
-- +goose StatementEnd

create trigger house_persona_number before insert or update on house_personas
    for each row execute function house_persona_number();
create trigger house_persona_record after insert or update on house_personas
    for each row execute function house_persona_record();
create trigger keep_house_personas before delete or truncate on house_personas execute function keep_rows();
create trigger keep_house_persona_versions before update or delete or truncate on house_persona_versions
    execute function keep_rows();
create trigger keep_house_copies before truncate on house_copies execute function keep_rows();
