-- Leads, what they wrote, the drafts that answer it, and scores.

-- +goose Up

-- River keeps its jobs here; its own migrations follow ours.
create schema river;

-- What a sender signs with. HMAC needs it as it is, so no hash would do.
create table inbound_secrets (
    workspace_id uuid primary key references workspaces,
    secret       text not null check (char_length(secret) >= 40),
    made_at      timestamptz not null default now(),
    made_by      uuid references users
);

create table leads (
    id             uuid primary key default gen_random_uuid(),
    workspace_id   uuid not null references workspaces,
    external_id    text not null check (char_length(external_id) between 1 and 200),
    campaign_id    uuid,
    first_name     text not null default '' check (char_length(first_name) <= 120),
    last_name      text not null default '' check (char_length(last_name) <= 120),
    email          text not null default '' check (char_length(email) <= 254),
    company        text not null default '' check (char_length(company) <= 200),
    blacklisted    boolean not null default false,
    opted_out      boolean not null default false,
    unsubscribed   boolean not null default false,
    bounced        boolean not null default false,
    created_at     timestamptz not null default now(),
    updated_at     timestamptz not null default now(),
    -- Since when a score is on its way, and why the last one did not come.
    score_asked_at timestamptz,
    score_problem  text not null default '',
    unique (workspace_id, id),
    unique (workspace_id, external_id),
    foreign key (workspace_id, campaign_id) references campaigns (workspace_id, id) on delete set null (campaign_id)
);
create index leads_campaign on leads (workspace_id, campaign_id);
create index leads_scoring on leads (score_asked_at) where score_asked_at is not null;

-- What leads wrote. campaign_named is what the sender called the campaign, also
-- where we know none of that name.
create table messages (
    id             uuid primary key default gen_random_uuid(),
    workspace_id   uuid not null references workspaces,
    lead_id        uuid not null,
    campaign_id    uuid,
    campaign_named text not null default '' check (char_length(campaign_named) <= 200),
    channel        text not null check (channel in ('email', 'sms', 'linkedin')),
    external_id    text not null check (char_length(external_id) between 1 and 200),
    body           text not null check (char_length(body) between 1 and 20000),
    sent_at        timestamptz not null,
    received_at    timestamptz not null default clock_timestamp(),
    unique (workspace_id, id),
    unique (workspace_id, channel, external_id),
    foreign key (workspace_id, lead_id) references leads (workspace_id, id),
    foreign key (workspace_id, campaign_id) references campaigns (workspace_id, id) on delete set null (campaign_id)
);
create index messages_lead on messages (workspace_id, lead_id, sent_at);
create index messages_campaign on messages (workspace_id, campaign_id);
create index messages_sent on messages (sent_at);

-- The one draft that answers a message. Version 0 is one that nobody has written
-- yet. The persona may be gone, or at a version that nobody recorded: a draft is
-- made all the same, so it refers to neither.
create table drafts (
    id              uuid primary key default gen_random_uuid(),
    workspace_id    uuid not null references workspaces,
    message_id      uuid not null,
    channel         text not null check (channel in ('email', 'sms', 'linkedin')),
    state           text not null default 'making' check (state in ('making', 'failed', 'waiting', 'approved', 'rejected')),
    version         integer not null default 0,
    source          text check (source in ('campaign', 'default', 'settings')),
    persona_id      uuid,
    persona_version integer,
    prompt_key      text,
    body            text check (char_length(body) between 1 and 40000),
    edited_by       uuid references users,
    problem         text not null default '',
    asked_at        timestamptz not null default now(),
    made_at         timestamptz,
    decided_at      timestamptz,
    decided_by      uuid references users,
    unique (workspace_id, id),
    unique (workspace_id, message_id),
    foreign key (workspace_id, message_id) references messages (workspace_id, id),
    check ((version > 0) = (body is not null and source is not null and prompt_key is not null and made_at is not null)),
    check (version > 0 or state in ('making', 'failed')),
    check ((persona_id is null) = (source is null or source = 'settings') and (persona_id is null) = (persona_version is null)),
    check (prompt_key like '%:persona=' || source),
    check ((decided_at is not null) = (state in ('approved', 'rejected')))
);
create index drafts_making on drafts (asked_at) where state = 'making';
create index drafts_failed on drafts (workspace_id, asked_at) where state = 'failed';

-- Every text that a draft ever had. edited_by is nobody where it was drafted.
create table draft_versions (
    workspace_id    uuid not null references workspaces,
    draft_id        uuid not null,
    version         integer not null,
    source          text not null,
    persona_id      uuid,
    persona_version integer,
    prompt_key      text not null,
    body            text not null,
    edited_by       uuid references users,
    recorded_at     timestamptz not null default clock_timestamp(),
    event_id        uuid,
    primary key (workspace_id, draft_id, version),
    foreign key (workspace_id, draft_id) references drafts (workspace_id, id),
    foreign key (workspace_id, event_id) references audit_events (workspace_id, id) deferrable initially deferred
);

-- +goose StatementBegin
create function draft_keeps() returns trigger
    language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
begin
    if (new.id, new.workspace_id, new.message_id, new.channel) is distinct from (old.id, old.workspace_id, old.message_id, old.channel)
        or new.version not in (old.version, old.version + 1)
        or new.version = old.version and new.body is distinct from old.body then
        raise exception 'a draft keeps what it answers, and each text is a version' using errcode = 'check_violation', constraint = 'draft_keeps';
    end if;
    return new;
end $$;

create function draft_record() returns trigger
    language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
begin
    if new.version > 0 and (tg_op = 'INSERT' or new.version > old.version) then
        insert into draft_versions (workspace_id, draft_id, version, source, persona_id, persona_version, prompt_key, body, edited_by, event_id)
        values (new.workspace_id, new.id, new.version, new.source, new.persona_id, new.persona_version, new.prompt_key, new.body, new.edited_by, current_event());
    end if;
    return null;
end $$;
-- +goose StatementEnd
create trigger draft_keeps before update on drafts for each row execute function draft_keeps();
create trigger draft_record after insert or update on drafts for each row execute function draft_record();
create trigger keep_draft_versions before update or delete or truncate on draft_versions execute function keep_rows();

-- settings_version is that of the workspace's settings by which it was scored;
-- 0: there were none.
create table scores (
    id               uuid primary key default gen_random_uuid(),
    workspace_id     uuid not null references workspaces,
    lead_id          uuid not null,
    fit              smallint not null check (fit between 1 and 4),
    intent           smallint not null check (intent between 1 and 4),
    overall          smallint not null check (overall between 1 and 4),
    reason           text not null check (char_length(reason) between 1 and 2000),
    scored_by        text not null,
    settings_version integer not null,
    created_at       timestamptz not null default clock_timestamp(),
    foreign key (workspace_id, lead_id) references leads (workspace_id, id)
);
create index scores_lead on scores (workspace_id, lead_id, created_at desc);
