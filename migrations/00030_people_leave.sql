-- People who leave: they sign in no more, and their name stays in the log.

-- +goose Up

alter table users add column if not exists disabled_at timestamptz;
alter table users add column if not exists removed_at timestamptz;

-- users_have_superadmin: where there is a superadmin who may sign in, there stays one.
-- The lock puts in a line whoever may break this.
-- +goose StatementBegin
create or replace function users_have_superadmin() returns trigger
    language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
begin
    perform pg_advisory_xact_lock(hashtext('personae superadmins'));
    if not exists (select from users where superadmin and disabled_at is null) then
        raise exception 'nobody would be left who is a superadmin'
            using errcode = 'check_violation', constraint = 'users_have_superadmin';
    end if;
    return null;
end $$;
-- +goose StatementEnd
create trigger users_have_superadmin after update of superadmin, disabled_at on users for each row
    when (old.superadmin and old.disabled_at is null and not (new.superadmin and new.disabled_at is null))
    execute function users_have_superadmin();
