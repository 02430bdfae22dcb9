-- A repair gives words that are in no version one.

-- +goose Up

-- A row that is written as it was gets a new version where its latest is missing
-- or reads otherwise. It cannot get the missing one: versions are only added to.
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
    if new is distinct from old or not exists (
        select from persona_versions v where v.workspace_id = new.workspace_id and v.persona_id = new.id and v.version = new.version and not v.deleted
            and (v.name, v.is_default, v.display_name, v.tone, v.greeting, v.sms_greeting, v.signature, v.goals, v.service_description, v.ideal_customer_profile)
            is not distinct from (new.name, new.is_default, new.display_name, new.tone, new.greeting, new.sms_greeting, new.signature, new.goals,
                new.service_description, new.ideal_customer_profile)) then
        new.version := 1 + greatest(old.version, recorded);
        new.updated_at := clock_timestamp();
    end if;
    return new;
end $$;
-- +goose StatementEnd
