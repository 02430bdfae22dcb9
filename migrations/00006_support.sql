-- Support grants and requests: what the database holds about them.

-- +goose Up

-- The check also refused to revoke a grant from before it that lasts longer: a
-- check looks at every change of a row. A trigger looks at new grants alone.
alter table support_grants drop constraint support_grants_length;

-- +goose StatementBegin
create function support_grant_is_short() returns trigger
    language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
begin
    -- In hours: a day of 25 hours must not matter. The minutes are for two clocks.
    if new.expires_at > least(new.created_at, clock_timestamp()) + interval '168 hours 5 minutes' then
        raise exception 'a support grant lasts a week at the most' using errcode = 'check_violation', constraint = 'support_grants_length';
    end if;
    return new;
end $$;

create function support_request_is_kept() returns trigger
    language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
begin
    if tg_op = 'UPDATE' and old.decided_at is null
        and (new.id, new.workspace_id, new.user_id, new.scope, new.hours, new.reason, new.created_at)
            is not distinct from (old.id, old.workspace_id, old.user_id, old.scope, old.hours, old.reason, old.created_at) then
        return new;
    end if;
    raise exception 'a support request can only be answered, once' using errcode = 'check_violation', constraint = 'support_request_is_kept';
end $$;
-- +goose StatementEnd
create trigger support_grant_is_short before insert on support_grants for each row execute function support_grant_is_short();
create trigger support_request_is_kept before update or delete on support_requests for each row execute function support_request_is_kept();
create trigger keep_requests before truncate on support_requests execute function keep_rows();

-- A request may name a workspace that does not exist: it is kept all the same,
-- so that whoever asks cannot tell it from one that waits for an answer.
alter table support_requests drop constraint support_requests_workspace_id_fkey;
create index support_requests_open on support_requests (workspace_id) where decided_at is null;

-- What support staff do, they do under a grant. Only asking for one comes before.
alter table audit_events add constraint audit_events_support_grant
    check (capacity <> 'support' or grant_id is not null or action = 'support.requested') not valid;
