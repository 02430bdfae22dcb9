-- Which event gave up each version of a campaign, so that who typed meanwhile is told whose
-- words they meet.

-- +goose Up
alter table campaign_versions
    add column event_id uuid, -- that gave it up; null: a program outside personae did, or it was before this was kept
    add foreign key (workspace_id, event_id) references audit_events (workspace_id, id) deferrable initially deferred;

-- +goose StatementBegin
create or replace function campaign_number() returns trigger
    language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
begin
    if (new.id, new.workspace_id) is distinct from (old.id, old.workspace_id) then
        raise exception 'a campaign keeps its id and its workspace' using errcode = 'check_violation', constraint = 'campaign_keeps_workspace';
    end if;
    new.version := old.version;
    if (new.name, new.external_id) is distinct from (old.name, old.external_id) then
        insert into campaign_versions (workspace_id, campaign_id, version, name, external_id, event_id)
        values (old.workspace_id, old.id, old.version, old.name, old.external_id, current_event());
        new.version := old.version + 1;
    end if;
    return new;
end $$;
-- +goose StatementEnd
