-- Whoever may not change something proposes it, and a client admin decides.

-- +goose Up

-- A proposal holds what is proposed and the versions that it was made from, so that what
-- overtook it can be told. Of an edit it holds all words as they are to be.
create table proposals (
    workspace_id           uuid not null references workspaces,
    id                     uuid not null default gen_random_uuid(),
    kind                   text not null check (kind in ('switch', 'edit', 'assignment')),
    -- Who becomes the default, is edited or answers for the campaign; null: the workspace default.
    persona_id             uuid,
    persona_version        integer,
    -- Who is the default, or answers for the campaign, until then; null: nobody of its own.
    previous_id            uuid,
    previous_version       integer,
    campaign_id            uuid,
    name                   text check (persona_text(name, 80) and name !~ '[\n\t]'),
    display_name           text check (persona_text(display_name, 80)),
    tone                   text check (persona_text(tone, 60)),
    greeting               text check (persona_text(greeting, 500)),
    sms_greeting           text check (persona_text(sms_greeting, 320)),
    signature              text check (persona_text(signature, 2000)),
    goals                  text check (persona_text(goals, 4000)),
    service_description    text check (persona_text(service_description, 8000)),
    ideal_customer_profile text check (persona_text(ideal_customer_profile, 8000)),
    note                   text check (persona_text(note, 500)),
    made_at                timestamptz not null default clock_timestamp(),
    made_by                uuid not null references users,
    capacity               text not null check (capacity in ('owner', 'admin', 'member', 'support', 'superadmin', 'token')),
    token_id               uuid,
    state                  text not null default 'waiting'
        check (state in ('waiting', 'approved', 'declined', 'withdrawn', 'overtaken')),
    decided_at             timestamptz,
    decided_by             uuid references users,
    decided_capacity       text,
    answer                 text check (persona_text(answer, 500)),
    overtaken_by           text,
    primary key (workspace_id, id),
    foreign key (workspace_id, persona_id, persona_version) references persona_versions,
    foreign key (workspace_id, previous_id, previous_version) references persona_versions,
    foreign key (workspace_id, campaign_id) references campaigns (workspace_id, id),
    foreign key (workspace_id, token_id) references api_tokens (workspace_id, id),
    constraint proposals_pinned check ((persona_id is null) = (persona_version is null)
        and (previous_id is null) = (previous_version is null)),
    constraint proposals_of_a_kind check ((kind = 'edit') = (name is not null) and (kind = 'assignment') = (campaign_id is not null)
        and (persona_id is not null or kind = 'assignment') and (previous_id is null or kind <> 'edit')
        and (kind = 'edit' or coalesce(display_name, tone, greeting, sms_greeting, signature, goals, service_description,
            ideal_customer_profile) is null)),
    constraint proposals_by_token check ((capacity = 'token') = (token_id is not null)),
    constraint proposals_decided check ((state = 'waiting') = (decided_at is null)
        and (decided_at is null) = (decided_by is null) and (decided_at is null) = (decided_capacity is null)
        and (state = 'overtaken') = (overtaken_by is not null) and (answer is null or state in ('approved', 'declined')))
);
-- The list of each state, the newest first, and how many wait.
create index proposals_in_state on proposals (workspace_id, state, made_at, id);

-- +goose StatementBegin
create function proposal_is_decided_once() returns trigger
    language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare
    decision constant text[] := '{state,decided_at,decided_by,decided_capacity,answer,overtaken_by}';
begin
    if old.state <> 'waiting' or new.state = 'waiting' or to_jsonb(new) - decision is distinct from to_jsonb(old) - decision then
        raise exception 'a proposal stays as it was made, and is decided once'
            using errcode = 'check_violation', constraint = 'proposal_is_decided_once';
    end if;
    return new;
end $$;
-- +goose StatementEnd
create trigger proposal_is_decided_once before update on proposals for each row execute function proposal_is_decided_once();
create trigger keep_proposals before delete or truncate on proposals execute function keep_rows();

-- A token may be for proposing.
alter table api_tokens drop constraint if exists api_tokens_scope_check,
    add constraint api_tokens_scope_check check (scope in ('read', 'propose', 'switch', 'send', 'write')) not valid;
alter table api_tokens validate constraint api_tokens_scope_check;
