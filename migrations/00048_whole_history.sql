-- +goose NO TRANSACTION
-- A repair makes the history whole: of settings and of deletions too.

-- +goose Up

-- As before, and a row whose latest version is not its own gets one that is.
-- +goose StatementBegin
create or replace function persona_number() returns trigger
    language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare
    recorded integer := (select max(v.version) from persona_versions v where v.workspace_id = new.workspace_id and v.persona_id = new.id);
begin
    if tg_op = 'INSERT' then
        -- A restored persona goes on counting where its deletion stopped.
        new.version := 1 + coalesce(recorded, 0);
        return new;
    end if;
    if (new.id, new.workspace_id) is distinct from (old.id, old.workspace_id) then
        raise exception 'a persona keeps its id and its workspace' using errcode = 'check_violation', constraint = 'persona_keeps_workspace';
    end if;
    new.created_at := old.created_at;
    new.version := old.version;
    new.updated_at := old.updated_at;
    if new is distinct from old or recorded is distinct from old.version or not exists (
        select from persona_versions v where v.workspace_id = new.workspace_id and v.persona_id = new.id and v.version = new.version and not v.deleted
            and (v.name, v.is_default, v.display_name, v.tone, v.greeting, v.sms_greeting, v.signature, v.goals, v.service_description, v.ideal_customer_profile)
            is not distinct from (new.name, new.is_default, new.display_name, new.tone, new.greeting, new.sms_greeting, new.signature, new.goals,
                new.service_description, new.ideal_customer_profile)) then
        new.version := 1 + greatest(old.version, recorded);
        new.updated_at := clock_timestamp();
    end if;
    return new;
end $$;

-- The same of settings. Every column of a version is compared, whichever there are.
create or replace function settings_number() returns trigger
    language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare
    recorded integer := (select max(v.version) from workspace_settings_versions v where v.workspace_id = new.workspace_id);
begin
    if tg_op = 'INSERT' then
        new.version := 1 + coalesce(recorded, 0);
        return new;
    end if;
    if new.workspace_id is distinct from old.workspace_id then
        raise exception 'settings keep their workspace' using errcode = 'check_violation', constraint = 'settings_keep_workspace';
    end if;
    new.version := old.version;
    new.updated_at := old.updated_at;
    if new is distinct from old or recorded is distinct from old.version or not exists (
        select from workspace_settings_versions v where v.workspace_id = new.workspace_id and v.version = new.version and not v.deleted
            and to_jsonb(new) @> to_jsonb(v) - '{deleted,recorded_at,event_id}'::text[]) then
        new.version := 1 + greatest(old.version, recorded);
        new.updated_at := clock_timestamp();
    end if;
    return new;
end $$;

-- keep_deletions records the deletion of what is gone and was never said to be deleted.
create or replace function keep_deletions(ws uuid) returns void
    language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
begin
    insert into persona_versions (workspace_id, persona_id, version, name, is_default, display_name, tone, greeting, sms_greeting,
        signature, goals, service_description, ideal_customer_profile, deleted, event_id)
    select v.workspace_id, v.persona_id, v.version + 1, v.name, v.is_default, v.display_name, v.tone, v.greeting, v.sms_greeting,
        v.signature, v.goals, v.service_description, v.ideal_customer_profile, true, current_event()
    from (select distinct on (persona_id) * from persona_versions where workspace_id = ws order by persona_id, version desc) v
    where not v.deleted and not exists (select from personas p where p.workspace_id = ws and p.id = v.persona_id);
    insert into workspace_settings_versions
    select r.* from (select * from workspace_settings_versions where workspace_id = ws order by version desc limit 1) v,
        jsonb_populate_record(null::workspace_settings_versions, to_jsonb(v) || jsonb_build_object('version', v.version + 1,
            'deleted', true, 'recorded_at', clock_timestamp(), 'event_id', current_event())) r
    where not v.deleted and not exists (select from workspace_settings s where s.workspace_id = ws);
end $$;
-- +goose StatementEnd
revoke execute on function keep_deletions(uuid) from public;

-- What a repair found missing is told no more.
create index if not exists audit_events_repairs on audit_events (workspace_id, rev) where action = 'workspace.repaired';
