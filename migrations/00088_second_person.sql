-- A workspace may demand that a second person approves what changes its default, or the
-- default's words.

-- +goose Up

alter table workspaces add column require_second_person boolean not null default false;

-- The transactions that a proposal was made and decided in, so that a change can be told to
-- be the one that was approved. Only the trigger below writes them.
alter table proposals add column made_in xid8, add column decided_in xid8;
create index proposals_decided_in on proposals (workspace_id, decided_in) where decided_in is not null;

-- Also that a second person is demanded no more is proposed.
alter table proposals drop constraint proposals_kind_check, drop constraint proposals_of_a_kind,
    add constraint proposals_kind_check check (kind in ('switch', 'edit', 'assignment', 'second_person_off')) not valid,
    add constraint proposals_of_a_kind check ((kind = 'edit') = (name is not null) and (kind = 'assignment') = (campaign_id is not null)
        and (persona_id is not null or kind in ('assignment', 'second_person_off')) and (previous_id is null or kind <> 'edit')
        and (coalesce(persona_id, previous_id) is null or kind <> 'second_person_off')
        and (kind = 'edit' or coalesce(display_name, tone, greeting, sms_greeting, signature, goals, service_description,
            ideal_customer_profile) is null)) not valid;
alter table proposals validate constraint proposals_kind_check, validate constraint proposals_of_a_kind;

-- +goose StatementBegin
create or replace function proposal_is_decided_once() returns trigger
    language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare
    decision constant text[] := '{state,decided_at,decided_by,decided_capacity,answer,overtaken_by}';
begin
    if tg_op = 'INSERT' then
        if new.state <> 'waiting' then
            raise exception 'a proposal waits before it is decided'
                using errcode = 'check_violation', constraint = 'proposal_is_decided_once';
        end if;
        new.made_in := pg_current_xact_id();
        new.decided_in := null;
        return new;
    end if;
    if old.state <> 'waiting' or new.state = 'waiting' or to_jsonb(new) - decision is distinct from to_jsonb(old) - decision then
        raise exception 'a proposal stays as it was made, and is decided once'
            using errcode = 'check_violation', constraint = 'proposal_is_decided_once';
    end if;
    new.decided_in := pg_current_xact_id();
    return new;
end $$;

-- approved_now returns the proposal of one of these kinds that a second person approved in
-- this very transaction; null: none. It was made in an earlier one. A number of a transaction
-- may come again in a database that was restored, which the time tells apart.
create function approved_now(ws uuid, variadic kinds text[]) returns proposals
    language sql stable set search_path = pg_catalog, public, pg_temp
    return (select o from proposals o where o.workspace_id = ws and o.decided_in = pg_current_xact_id() and o.decided_at >= now()
        and o.state = 'approved' and o.decided_by <> o.made_by and o.made_in is distinct from o.decided_in
        and o.kind = any(kinds) limit 1);

-- default_is_of_two refuses, where a second person is demanded, what changes the default or
-- its words and is not what a proposal says that was approved in this transaction. Of two
-- defaults, and of none, which only a database that lost its rules has, a repair makes one.
create function default_is_of_two() returns trigger
    language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare
    ws uuid := case when tg_op = 'INSERT' then new.workspace_id else old.workspace_id end;
    approved proposals;
    refused boolean;
begin
    if not exists (select from workspaces where id = ws and require_second_person and (erasing_at is null or tg_op <> 'DELETE')) then
        return case when tg_op = 'DELETE' then old else new end;
    end if;
    approved := approved_now(ws, 'switch', 'edit');
    if tg_op = 'DELETE' then
        refused := true;
    elsif tg_op = 'INSERT' then
        refused := approved.kind is not distinct from 'switch';
    elsif not old.is_default then
        refused := approved.kind is not distinct from 'switch'
            and (approved.persona_id <> new.id or approved.persona_version <> old.version);
    elsif not new.is_default then
        refused := (approved.kind is distinct from 'switch' or approved.previous_id is distinct from old.id
                or approved.previous_version <> old.version)
            and not exists (select from personas where workspace_id = ws and is_default and id <> old.id);
    else
        refused := approved.kind is distinct from 'edit' or approved.persona_id <> old.id or approved.persona_version <> old.version
            or (approved.display_name, approved.tone, approved.greeting, approved.sms_greeting, approved.signature, approved.goals,
                approved.service_description, approved.ideal_customer_profile) is distinct from
            (new.display_name, new.tone, new.greeting, new.sms_greeting, new.signature, new.goals, new.service_description,
                new.ideal_customer_profile);
    end if;
    if refused then
        raise exception 'workspace % demands that a second person approves a change of its default or of the default''s words', ws
            using errcode = 'check_violation', constraint = 'needs_second_person', hint = 'Propose the change; another person approves it.';
    end if;
    return case when tg_op = 'DELETE' then old else new end;
end $$;

-- second_person_stays lets a workspace demand a second person where there is a default, and
-- no more by an approved proposal alone. One that is erased does not come back without it.
create function second_person_stays() returns trigger
    language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
begin
    if new.require_second_person and not old.require_second_person then
        if not exists (select from personas where workspace_id = new.id and is_default) then
            raise exception 'workspace % has no default that a second person could watch over', new.id
                using errcode = 'check_violation', constraint = 'second_person_has_default';
        end if;
    elsif (approved_now(new.id, 'second_person_off')).id is null then
        raise exception 'workspace % demands that a second person approves that it does so no more', new.id
            using errcode = 'check_violation', constraint = 'needs_second_person', hint = 'Propose the change; another person approves it.';
    end if;
    return new;
end $$;
-- +goose StatementEnd

create or replace trigger proposal_is_decided_once before insert or update on proposals
    for each row execute function proposal_is_decided_once();
create trigger default_is_of_two_insert before insert on personas
    for each row when (new.is_default) execute function default_is_of_two();
create trigger default_is_of_two_delete before delete on personas
    for each row when (old.is_default) execute function default_is_of_two();
create trigger default_is_of_two_update before update on personas
    for each row when ((old.is_default or new.is_default) and (old.is_default <> new.is_default
        or old.display_name is distinct from new.display_name or old.tone is distinct from new.tone
        or old.greeting is distinct from new.greeting or old.sms_greeting is distinct from new.sms_greeting
        or old.signature is distinct from new.signature or old.goals is distinct from new.goals
        or old.service_description is distinct from new.service_description
        or old.ideal_customer_profile is distinct from new.ideal_customer_profile)) execute function default_is_of_two();
create trigger second_person_stays before update on workspaces
    for each row when (old.require_second_person <> new.require_second_person
        or old.require_second_person and old.erasing_at is not null and new.erasing_at is null) execute function second_person_stays();
