-- +goose NO TRANSACTION
-- A workspace may have leads forgotten who have been silent for some months.

-- +goose Up

-- Each statement is a transaction of its own, so that none holds up writers, and can be
-- done again where the one after it failed.

-- Nobody does that: the settings say so. It takes no other capacity.
alter table audit_events
    drop constraint if exists audit_events_capacity_check,
    drop constraint if exists audit_events_check;
alter table audit_events
    add constraint audit_events_capacity_check check (capacity in ('owner', 'admin', 'member', 'support', 'superadmin',
        'operator', 'invited', 'token', 'inbound', 'system')) not valid,
    add constraint audit_events_check check (actor_id is not null or capacity in ('operator', 'inbound', 'system')) not valid;
alter table audit_events validate constraint audit_events_capacity_check;
alter table audit_events validate constraint audit_events_check;

-- After how many months; null: never.
alter table workspace_settings add column if not exists forget_leads_after_months integer;
alter table workspace_settings_versions add column if not exists forget_leads_after_months integer;
alter table workspace_settings drop constraint if exists workspace_settings_forget_check,
    add constraint workspace_settings_forget_check check (forget_leads_after_months between 1 and 120) not valid;
alter table workspace_settings validate constraint workspace_settings_forget_check;
drop index concurrently if exists leads_unwritten;
create index concurrently leads_unwritten on leads (workspace_id, created_at) where last_at is null;
drop index concurrently if exists workspace_settings_forget;
create index concurrently workspace_settings_forget on workspace_settings (workspace_id) where forget_leads_after_months is not null;

-- +goose StatementBegin
create or replace function settings_record() returns trigger
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
        ai_signature, ai_goals, service_description, ideal_customer_profile, company_name, qualification_questions, drafts_off,
        forget_leads_after_months, deleted, event_id)
    values (s.workspace_id, s.version, s.ai_persona_name, s.ai_tone, s.ai_greeting, s.ai_sms_greeting,
        s.ai_signature, s.ai_goals, s.service_description, s.ideal_customer_profile, s.company_name, s.qualification_questions, s.drafts_off,
        s.forget_leads_after_months, tg_op = 'DELETE', current_event());
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
-- +goose StatementEnd
