-- A persona may greet and sign in other languages too. These words are part of its versions,
-- of what is proposed, and of what a second person approves.

-- +goose Up

-- persona_variants returns whether words in other languages are as they are kept: by language,
-- none of them empty, each as persona_text has it.
-- +goose StatementBegin
create function persona_variants(value jsonb) returns boolean
    language sql immutable parallel safe
    return case when value is null then true when jsonb_typeof(value) <> 'object' then false else (
        select count(*) between 1 and 20 and bool_and(
            l.key ~ '^[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?$'
            and case when jsonb_typeof(l.value) <> 'object' then false else (
                select count(*) > 0 and bool_and(jsonb_typeof(w.value) = 'string' and case w.key
                    when 'greeting' then persona_text(w.value #>> '{}', 500)
                    when 'smsGreeting' then persona_text(w.value #>> '{}', 320)
                    when 'signature' then persona_text(w.value #>> '{}', 2000)
                    else false end)
                from jsonb_each(l.value) w) end)
        from jsonb_each(value) l) end;
-- +goose StatementEnd

alter table personas add column variants jsonb;
alter table persona_versions add column variants jsonb;
alter table proposals add column variants jsonb;
alter table house_personas add column variants jsonb;
alter table house_persona_versions add column variants jsonb;
alter table personas add constraint personas_variants_check check (persona_variants(variants)) not valid;
alter table proposals add constraint proposals_variants_check check (persona_variants(variants)) not valid,
    add constraint proposals_variants_of_edit check (variants is null or kind = 'edit') not valid;
alter table house_personas add constraint house_personas_variants_check check (persona_variants(variants)) not valid;
alter table house_personas validate constraint house_personas_variants_check;
alter table personas validate constraint personas_variants_check;
alter table proposals validate constraint proposals_variants_check, validate constraint proposals_variants_of_edit;

-- What follows is as it was, and has them too.
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
            and (v.name, v.is_default, v.display_name, v.tone, v.greeting, v.sms_greeting, v.signature, v.goals, v.service_description, v.ideal_customer_profile, v.variants)
            is not distinct from (new.name, new.is_default, new.display_name, new.tone, new.greeting, new.sms_greeting, new.signature, new.goals,
                new.service_description, new.ideal_customer_profile, new.variants)) then
        new.version := 1 + greatest(old.version, recorded);
        new.updated_at := clock_timestamp();
    end if;
    return new;
end $$;

create or replace function persona_record() returns trigger
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
        sms_greeting, signature, goals, service_description, ideal_customer_profile, variants, deleted, event_id)
    values (p.workspace_id, p.id, p.version, p.name, p.is_default, p.display_name, p.tone, p.greeting,
        p.sms_greeting, p.signature, p.goals, p.service_description, p.ideal_customer_profile, p.variants, tg_op = 'DELETE', current_event());
    return null;
end $$;

create or replace function keep_unrecorded(ws uuid) returns void
    language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
begin
    insert into workspace_settings_versions (workspace_id, version, ai_persona_name, ai_tone, ai_greeting, ai_sms_greeting, ai_signature,
        ai_goals, service_description, ideal_customer_profile, company_name, qualification_questions, drafts_off, forget_leads_after_months)
    select s.workspace_id, 1 + greatest(s.version, (select max(v.version) from workspace_settings_versions v where v.workspace_id = ws)),
        s.ai_persona_name, s.ai_tone, s.ai_greeting, s.ai_sms_greeting, s.ai_signature,
        s.ai_goals, s.service_description, s.ideal_customer_profile, s.company_name, s.qualification_questions, s.drafts_off,
        s.forget_leads_after_months
    from workspace_settings s
    where s.workspace_id = ws and not exists (
        select from workspace_settings_versions v where v.workspace_id = ws and v.version = s.version and not v.deleted
            and (v.ai_persona_name, v.ai_tone, v.ai_greeting, v.ai_sms_greeting, v.ai_signature, v.ai_goals, v.service_description,
                v.ideal_customer_profile, v.company_name, v.qualification_questions, v.drafts_off, v.forget_leads_after_months)
            is not distinct from (s.ai_persona_name, s.ai_tone, s.ai_greeting, s.ai_sms_greeting, s.ai_signature, s.ai_goals,
                s.service_description, s.ideal_customer_profile, s.company_name, s.qualification_questions, s.drafts_off,
                s.forget_leads_after_months));
    insert into persona_versions (workspace_id, persona_id, version, name, is_default, display_name, tone, greeting, sms_greeting,
        signature, goals, service_description, ideal_customer_profile, variants)
    select p.workspace_id, p.id, 1 + greatest(p.version, (select max(v.version) from persona_versions v where v.workspace_id = ws and v.persona_id = p.id)),
        p.name, p.is_default, p.display_name, p.tone, p.greeting, p.sms_greeting,
        p.signature, p.goals, p.service_description, p.ideal_customer_profile, p.variants
    from personas p
    where p.workspace_id = ws and not exists (
        select from persona_versions v where v.workspace_id = ws and v.persona_id = p.id and v.version = p.version and not v.deleted
            and (v.name, v.is_default, v.display_name, v.tone, v.greeting, v.sms_greeting, v.signature, v.goals, v.service_description, v.ideal_customer_profile, v.variants)
            is not distinct from (p.name, p.is_default, p.display_name, p.tone, p.greeting, p.sms_greeting, p.signature, p.goals,
                p.service_description, p.ideal_customer_profile, p.variants));
end $$;

create or replace function keep_deletions(ws uuid) returns void
    language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
begin
    insert into persona_versions (workspace_id, persona_id, version, name, is_default, display_name, tone, greeting, sms_greeting,
        signature, goals, service_description, ideal_customer_profile, variants, deleted, event_id)
    select v.workspace_id, v.persona_id, v.version + 1, v.name, v.is_default, v.display_name, v.tone, v.greeting, v.sms_greeting,
        v.signature, v.goals, v.service_description, v.ideal_customer_profile, v.variants, true, current_event()
    from (select distinct on (persona_id) * from persona_versions where workspace_id = ws order by persona_id, version desc) v
    where not v.deleted and not exists (select from personas p where p.workspace_id = ws and p.id = v.persona_id);
    insert into workspace_settings_versions
    select r.* from (select * from workspace_settings_versions where workspace_id = ws order by version desc limit 1) v,
        jsonb_populate_record(null::workspace_settings_versions, to_jsonb(v) || jsonb_build_object('version', v.version + 1,
            'deleted', true, 'recorded_at', clock_timestamp(), 'event_id', current_event())) r
    where not v.deleted and not exists (select from workspace_settings s where s.workspace_id = ws);
end $$;

create or replace function default_is_of_two() returns trigger
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
                approved.service_description, approved.ideal_customer_profile, approved.variants) is distinct from
            (new.display_name, new.tone, new.greeting, new.sms_greeting, new.signature, new.goals, new.service_description,
                new.ideal_customer_profile, new.variants);
    end if;
    if refused then
        raise exception 'workspace % demands that a second person approves a change of its default or of the default''s words', ws
            using errcode = 'check_violation', constraint = 'needs_second_person', hint = 'Propose the change; another person approves it.';
    end if;
    return case when tg_op = 'DELETE' then old else new end;
end $$;

create or replace function house_persona_record() returns trigger
    language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
begin
    if tg_op = 'UPDATE' and new.version = old.version then
        return null;
    end if;
    insert into house_persona_versions (house_persona_id, version, name, display_name, tone, greeting, sms_greeting, signature,
        goals, service_description, ideal_customer_profile, variants, withdrawn, changed_by)
    values (new.id, new.version, new.name, new.display_name, new.tone, new.greeting, new.sms_greeting, new.signature,
        new.goals, new.service_description, new.ideal_customer_profile, new.variants, new.withdrawn_at is not null,
        nullif(current_setting('personae.actor', true), '')::uuid);
    return null;
end $$;
-- +goose StatementEnd

create or replace trigger default_is_of_two_update before update on personas
    for each row when ((old.is_default or new.is_default) and (old.is_default <> new.is_default
        or old.display_name is distinct from new.display_name or old.tone is distinct from new.tone
        or old.greeting is distinct from new.greeting or old.sms_greeting is distinct from new.sms_greeting
        or old.signature is distinct from new.signature or old.goals is distinct from new.goals
        or old.service_description is distinct from new.service_description
        or old.ideal_customer_profile is distinct from new.ideal_customer_profile
        or old.variants is distinct from new.variants)) execute function default_is_of_two();
