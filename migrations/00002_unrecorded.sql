-- +goose Up

-- Words that were written while somebody had the triggers switched off are in
-- no version. A repair that replaces them records them first.

-- +goose StatementBegin
create function keep_unrecorded(ws uuid) returns void
    language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
begin
    insert into workspace_settings_versions (workspace_id, version, ai_persona_name, ai_tone, ai_greeting, ai_sms_greeting, ai_signature,
        ai_goals, service_description, ideal_customer_profile, company_name, qualification_questions)
    select s.workspace_id, 1 + greatest(s.version, (select max(v.version) from workspace_settings_versions v where v.workspace_id = ws)),
        s.ai_persona_name, s.ai_tone, s.ai_greeting, s.ai_sms_greeting, s.ai_signature,
        s.ai_goals, s.service_description, s.ideal_customer_profile, s.company_name, s.qualification_questions
    from workspace_settings s
    where s.workspace_id = ws and not exists (
        select from workspace_settings_versions v where v.workspace_id = ws and v.version = s.version and not v.deleted
            and (v.ai_persona_name, v.ai_tone, v.ai_greeting, v.ai_sms_greeting, v.ai_signature, v.ai_goals, v.service_description,
                v.ideal_customer_profile, v.company_name, v.qualification_questions)
            is not distinct from (s.ai_persona_name, s.ai_tone, s.ai_greeting, s.ai_sms_greeting, s.ai_signature, s.ai_goals,
                s.service_description, s.ideal_customer_profile, s.company_name, s.qualification_questions));
    insert into persona_versions (workspace_id, persona_id, version, name, is_default, display_name, tone, greeting, sms_greeting,
        signature, goals, service_description, ideal_customer_profile)
    select p.workspace_id, p.id, 1 + greatest(p.version, (select max(v.version) from persona_versions v where v.workspace_id = ws and v.persona_id = p.id)),
        p.name, p.is_default, p.display_name, p.tone, p.greeting, p.sms_greeting,
        p.signature, p.goals, p.service_description, p.ideal_customer_profile
    from personas p
    where p.workspace_id = ws and not exists (
        select from persona_versions v where v.workspace_id = ws and v.persona_id = p.id and v.version = p.version and not v.deleted
            and (v.name, v.is_default, v.display_name, v.tone, v.greeting, v.sms_greeting, v.signature, v.goals, v.service_description, v.ideal_customer_profile)
            is not distinct from (p.name, p.is_default, p.display_name, p.tone, p.greeting, p.sms_greeting, p.signature, p.goals,
                p.service_description, p.ideal_customer_profile));
end $$;

-- The next version follows the latest that is recorded, also where that is
-- ahead of the row.
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
    if new is distinct from old then
        new.version := 1 + greatest(old.version, recorded);
        new.updated_at := clock_timestamp();
    end if;
    return new;
end $$;

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
    if new is distinct from old then
        new.version := 1 + greatest(old.version, recorded);
        new.updated_at := clock_timestamp();
    end if;
    return new;
end $$;
-- +goose StatementEnd
