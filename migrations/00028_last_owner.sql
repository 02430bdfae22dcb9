-- A workspace that has an owner keeps one.

-- +goose Up

-- As before, and an owner goes only where there is another one, or nobody at all.
-- +goose StatementBegin
create or replace function members_have_admin() returns trigger
    language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare
    ws uuid := case when tg_op = 'DELETE' then old.workspace_id else new.workspace_id end;
begin
    if not exists (select from workspace_revisions
                   where workspace_id = ws and xmin = pg_current_xact_id()::xid) then
        update workspace_revisions set rev = rev where workspace_id = ws;
    end if;
    if not exists (select from members where workspace_id = ws) then
        return null;
    end if;
    if not exists (select from members where workspace_id = ws and role in ('owner', 'admin')) then
        raise exception 'workspace % would be left without an admin', ws
            using errcode = 'check_violation', constraint = 'members_have_admin';
    end if;
    if tg_op <> 'INSERT' and old.role = 'owner'
        and not exists (select from members where workspace_id = ws and role = 'owner') then
        raise exception 'workspace % would be left without its owner', ws
            using errcode = 'check_violation', constraint = 'members_have_owner';
    end if;
    return null;
end $$;
-- +goose StatementEnd
