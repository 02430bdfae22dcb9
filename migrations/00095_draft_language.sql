-- A draft says in which of a persona's other languages it greets and signs.

-- +goose Up

-- Null: the main words.
alter table drafts add column language text;
alter table draft_versions add column language text;
alter table drafts add constraint drafts_language check (language is null or language ~ '^[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?$'
    and persona_id is not null) not valid;
alter table drafts validate constraint drafts_language;

-- +goose StatementBegin
create or replace function draft_record() returns trigger
    language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
begin
    if new.version > 0 and (tg_op = 'INSERT' or new.version > old.version) then
        insert into draft_versions (workspace_id, draft_id, version, source, persona_id, persona_version, language, prompt_key, body, edited_by, event_id)
        values (new.workspace_id, new.id, new.version, new.source, new.persona_id, new.persona_version, new.language, new.prompt_key, new.body,
            new.edited_by, current_event());
    end if;
    return null;
end $$;
-- +goose StatementEnd
