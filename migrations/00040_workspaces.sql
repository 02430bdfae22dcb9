-- Workspaces are renamed, archived and erased, and the first one is set up in a browser.

-- +goose Up

alter table workspaces
    add column version integer not null default 1,
    add column archived_at timestamptz,
    -- From then on nobody can open it, and a job removes its rows.
    add column erasing_at timestamptz;
create index workspaces_erasing on workspaces (erasing_at) where erasing_at is not null;

-- What remains of a workspace that was erased: none of its words.
create table workspace_erasures (
    workspace_id uuid primary key,
    asked_by     uuid references users, -- null: the operator
    capacity     text not null,
    asked_at     timestamptz not null default clock_timestamp(),
    finished_at  timestamptz,
    rows_removed bigint not null default 0
);
create trigger keep_erasures before delete or truncate on workspace_erasures execute function keep_rows();

-- History goes only with its whole workspace, by erase_workspace.
create function erasing() returns boolean language sql stable
    return coalesce(current_setting('personae.erasing', true), '') <> '';
create or replace trigger support_grant_is_kept before update or delete on support_grants for each row
    when (not erasing()) execute function support_grant_is_kept();
create or replace trigger support_request_is_kept before update or delete on support_requests for each row
    when (not erasing()) execute function support_request_is_kept();
-- +goose StatementBegin
create or replace function keep_rows() returns trigger language plpgsql as $$
begin
    if tg_op = 'DELETE' and erasing() then
        return null;
    end if;
    raise exception '% on % is refused: history is only added to', tg_op, tg_table_name
        using errcode = 'check_violation', constraint = 'history_is_kept';
end $$;

-- erase_workspace removes at most so many rows of a workspace that is to be erased, and
-- returns how many it removed; at last, when nothing else is left, the workspace itself.
-- Whatever table has a workspace_id is one of them. What others still refer to is left
-- to a later call, and so is what only goes as a whole.
create function erase_workspace(ws uuid, at_most integer) returns bigint
    language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare
    part text;
    removed bigint;
    total bigint := 0;
begin
    if not exists (select from workspaces where id = ws and erasing_at is not null) then
        return 0;
    end if;
    set constraints all immediate;
    perform set_config('personae.erasing', ws::text, true);
    for part in
        select c.relname from pg_attribute a join pg_class c on c.oid = a.attrelid
        where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' and a.attname = 'workspace_id' and not a.attisdropped
            and c.relname not in ('workspace_revisions', 'workspace_erasures')
        order by c.relname
    loop
        exit when total >= at_most;
        begin
            execute format('delete from %1$I where workspace_id = $1 and ctid = any(array(select ctid from %1$I where workspace_id = $1 limit $2))', part)
                using ws, case when part not in ('personas', 'members') then at_most - total end;
            get diagnostics removed = row_count;
            total := total + removed;
        exception when foreign_key_violation or check_violation then
            null;
        end;
    end loop;
    if total = 0 then
        delete from workspace_revisions where workspace_id = ws;
        delete from workspaces where id = ws;
        total := 1;
        update workspace_erasures set finished_at = clock_timestamp() where workspace_id = ws;
    end if;
    update workspace_erasures set rows_removed = rows_removed + total where workspace_id = ws;
    perform set_config('personae.erasing', '', true);
    return total;
end $$;

-- set_up makes the first person, a superadmin, and the first workspace, where there is
-- nobody yet; else it returns null. Of two at once, the other waits and finds somebody.
create function set_up(address text, person text, hash text, workspace text) returns table (user_id uuid, workspace_id uuid)
    language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
#variable_conflict use_column
declare
    u uuid;
    w uuid;
begin
    perform pg_advisory_xact_lock(hashtext('personae set up'));
    if exists (select from users) then
        return;
    end if;
    insert into users (email, name, password_hash, superadmin) values (address, person, nullif(hash, ''), true) returning id into u;
    insert into workspaces (name) values (workspace) returning id into w;
    insert into members (workspace_id, user_id, role) values (w, u, 'owner');
    return query select u, w;
end $$;
-- +goose StatementEnd
revoke execute on function erase_workspace(uuid, integer) from public;
revoke execute on function set_up(text, text, text, text) from public;
