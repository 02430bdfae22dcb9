-- A support request goes 90 days after it was answered or ran out. Until then it can only be
-- answered, once. The audit log keeps what came of it.

-- +goose Up
-- +goose StatementBegin
create or replace function support_request_is_kept() returns trigger
    language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
begin
    if tg_op = 'DELETE' and coalesce(old.decided_at, old.created_at + interval '168 hours') < now() - interval '90 days' then
        return old;
    end if;
    if tg_op = 'UPDATE' and old.decided_at is null
        and (new.id, new.workspace_id, new.user_id, new.scope, new.hours, new.reason, new.created_at, new.asked)
            is not distinct from
            (old.id, old.workspace_id, old.user_id, old.scope, old.hours, old.reason, old.created_at, old.asked) then
        return new;
    end if;
    raise exception 'a support request can only be answered, once' using errcode = 'check_violation', constraint = 'support_request_is_kept';
end $$;
-- +goose StatementEnd
