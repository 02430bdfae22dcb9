-- +goose NO TRANSACTION
-- A superadmin's workspaces by the latest change: when that was is kept beside the number of each write, so that
-- a page of them is found without the last event of all.

-- +goose Up

-- Who raises rev says when, whatever program does. Nobody waits long for what is filled below.
alter table workspace_revisions add column if not exists changed_at timestamptz;
alter table workspace_revisions alter column changed_at set default now();
-- +goose StatementBegin
create or replace function revision_raised() returns trigger
    language plpgsql set search_path = pg_catalog, public, pg_temp as $$
begin
    new.changed_at := clock_timestamp();
    return new;
end $$;
-- +goose StatementEnd
create or replace trigger revision_raised before update of rev on workspace_revisions for each row
    when (old.rev <> new.rev) execute function revision_raised();

-- Of those that are there, a few at a time. Who writes in one meanwhile fills it, and is not waited for.
-- +goose StatementBegin
do $$
declare
    filled bigint;
begin
    loop
        with part as (
            select workspace_id from workspace_revisions where changed_at is null limit 1000 for no key update skip locked
        )
        update workspace_revisions r set changed_at = coalesce((select e.at from audit_events e
            where e.workspace_id = r.workspace_id order by e.rev desc limit 1), w.created_at)
        from part join workspaces w on w.id = part.workspace_id where r.workspace_id = part.workspace_id;
        get diagnostics filled = row_count;
        commit;
        exit when filled = 0 and not exists (select from workspace_revisions where changed_at is null);
        perform pg_sleep(case when filled = 0 then 0.05 else 0 end);
    end loop;
end $$;
-- +goose StatementEnd
alter table workspace_revisions alter column changed_at set not null;
drop index concurrently if exists workspaces_by_change;
create index concurrently workspaces_by_change on workspace_revisions (changed_at desc, workspace_id);
drop index concurrently if exists workspaces_archived;
create index concurrently workspaces_archived on workspaces (name collate "und-x-icu", id) where archived_at is not null;
