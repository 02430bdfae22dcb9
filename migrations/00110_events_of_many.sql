-- An import writes rows of many workspaces by one statement, each with the event of its workspace.

-- +goose Up

-- event_of returns the event that a change of a workspace belongs to. personae.events names those of several:
-- a workspace, a sign and its event, one after the other.
create function event_of(ws uuid) returns uuid language sql stable
    return case when strpos(current_setting('personae.events', true), ws::text) > 0
        then substr(current_setting('personae.events', true), strpos(current_setting('personae.events', true), ws::text) + 37, 36)::uuid
        else current_event() end;

-- +goose StatementBegin
create or replace function persona_record() returns trigger language plpgsql security definer
set search_path = pg_catalog, public, pg_temp as $$
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
        p.sms_greeting, p.signature, p.goals, p.service_description, p.ideal_customer_profile, p.variants, tg_op = 'DELETE',
        event_of(p.workspace_id));
    return null;
end $$;
-- +goose StatementEnd

-- +goose StatementBegin
create or replace function settings_record() returns trigger language plpgsql security definer
set search_path = pg_catalog, public, pg_temp as $$
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
        s.forget_leads_after_months, tg_op = 'DELETE', event_of(s.workspace_id));
    return null;
end $$;
-- +goose StatementEnd
