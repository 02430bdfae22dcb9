-- A switch of the default or an assignment happens at a moment, and ends at another.

-- +goose Up

-- A schedule holds what is to happen, who stands behind it, and the revision of the workspace
-- since which nobody may have decided otherwise. Its state changes in the transaction that
-- carries it out, so that it is carried out once.
create table schedules (
    workspace_id     uuid not null references workspaces,
    id               uuid not null default gen_random_uuid(),
    kind             text not null check (kind in ('switch', 'assignment')),
    -- Who becomes the default or answers for the campaign; null: the workspace default.
    persona_id       uuid,
    persona_version  integer,
    -- Who is the default or answers for the campaign until then, and again at the end; null:
    -- nobody of its own.
    previous_id      uuid,
    previous_version integer,
    campaign_id      uuid,
    starts_at        timestamptz not null,
    ends_at          timestamptz check (ends_at > starts_at),
    rev              bigint not null,
    made_at          timestamptz not null default clock_timestamp(),
    made_by          uuid not null references users,
    capacity         text not null check (capacity in ('owner', 'admin', 'support', 'superadmin', 'token')),
    token_id         uuid,
    state            text not null default 'waiting' check (state in ('waiting', 'active', 'done', 'skipped', 'cancelled')),
    start_event      uuid,
    end_event        uuid,
    closed_at        timestamptz,
    skipped_by       text,
    cancelled_by     uuid references users,
    cancelled_as     text,
    due_at           timestamptz generated always as (case state when 'waiting' then starts_at when 'active' then ends_at end) stored,
    primary key (workspace_id, id),
    foreign key (workspace_id, persona_id, persona_version) references persona_versions,
    foreign key (workspace_id, previous_id, previous_version) references persona_versions,
    foreign key (workspace_id, campaign_id) references campaigns (workspace_id, id),
    foreign key (workspace_id, token_id) references api_tokens (workspace_id, id),
    foreign key (workspace_id, start_event) references audit_events (workspace_id, id) deferrable initially deferred,
    foreign key (workspace_id, end_event) references audit_events (workspace_id, id) deferrable initially deferred,
    constraint schedules_pinned check ((persona_id is null) = (persona_version is null)
        and (previous_id is null) = (previous_version is null)),
    constraint schedules_of_a_kind check ((kind = 'assignment') = (campaign_id is not null)
        and (kind = 'assignment' or persona_id is not null and previous_id is not null)),
    constraint schedules_by_token check ((capacity = 'token') = (token_id is not null)),
    constraint schedules_state check ((state in ('waiting', 'active')) = (closed_at is null)
        and (state = 'skipped') = (skipped_by is not null)
        and (state = 'cancelled') = (cancelled_by is not null) and (state = 'cancelled') = (cancelled_as is not null)
        and (state <> 'waiting' or start_event is null)
        and (state <> 'active' or start_event is not null and ends_at is not null)
        and (state <> 'done' or start_event is not null and (end_event is null) = (ends_at is null))
        and (end_event is null or state = 'done'))
);
-- What is due, of all workspaces.
create index schedules_due on schedules (due_at) where due_at is not null;
-- What is to come in one, and what became of the others, the latest first.
create index schedules_open on schedules (workspace_id, due_at, id) where due_at is not null;
create index schedules_closed on schedules (workspace_id, closed_at, id) where closed_at is not null;

-- +goose StatementBegin
create function schedule_goes_forward() returns trigger
    language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare
    course constant text[] := '{state,due_at,rev,previous_id,previous_version,start_event,end_event,closed_at,skipped_by,cancelled_by,cancelled_as}';
begin
    if old.closed_at is not null or new.state = 'waiting' or new.state = old.state
        or old.start_event is not null and new.start_event is distinct from old.start_event
        or to_jsonb(new) - course is distinct from to_jsonb(old) - course then
        raise exception 'a schedule stays as it was made, and each of its steps is taken once'
            using errcode = 'check_violation', constraint = 'schedule_goes_forward';
    end if;
    return new;
end $$;
-- +goose StatementEnd
create trigger schedule_goes_forward before update on schedules for each row execute function schedule_goes_forward();
create trigger keep_schedules before delete or truncate on schedules execute function keep_rows();
