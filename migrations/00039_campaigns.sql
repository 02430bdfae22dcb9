-- Campaigns are made, renamed and archived here, and come in with messages.

-- +goose Up

alter table campaigns
    add column version integer not null default 1,
    add column archived_at timestamptz;
-- What lists, counts and choices show.
create index campaigns_shown on campaigns (workspace_id) where archived_at is null;

-- What a campaign was called at each version before the one that it is at.
create table campaign_versions (
    workspace_id uuid not null references workspaces,
    campaign_id  uuid not null,
    version      integer not null,
    name         text not null,
    external_id  text,
    recorded_at  timestamptz not null default clock_timestamp(), -- when it was given up
    primary key (workspace_id, campaign_id, version)
);
create trigger keep_campaign_versions before update or delete or truncate on campaign_versions execute function keep_rows();

-- A version is a name and an external id; who answers and whether it is archived are
-- no words, and conflict with none.
-- +goose StatementBegin
create function campaign_number() returns trigger
    language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
begin
    if (new.id, new.workspace_id) is distinct from (old.id, old.workspace_id) then
        raise exception 'a campaign keeps its id and its workspace' using errcode = 'check_violation', constraint = 'campaign_keeps_workspace';
    end if;
    new.version := old.version;
    if (new.name, new.external_id) is distinct from (old.name, old.external_id) then
        insert into campaign_versions (workspace_id, campaign_id, version, name, external_id)
        values (old.workspace_id, old.id, old.version, old.name, old.external_id);
        new.version := old.version + 1;
    end if;
    return new;
end $$;
-- +goose StatementEnd
create trigger campaign_number before update on campaigns for each row execute function campaign_number();

-- A message adds the campaign that it names. Who does that is no person: the secret
-- that signed it says so.
alter table audit_events
    drop constraint audit_events_capacity_check,
    drop constraint audit_events_check;
alter table audit_events
    add constraint audit_events_capacity_check check (capacity in ('owner', 'admin', 'member', 'support', 'superadmin',
        'operator', 'invited', 'token', 'inbound')) not valid,
    add constraint audit_events_check check (actor_id is not null or capacity in ('operator', 'inbound')) not valid;
