-- +goose NO TRANSACTION
-- What becomes of a draft that is approved: a sender takes it, and says whether it
-- was sent. "failed" is what a sender says; a draft that could not be made is
-- "unmade".

-- +goose Up

-- Each statement is a transaction of its own, so that looking through the drafts
-- holds up nobody, and can be done again where the one after it failed.

-- When a draft came into its state, and where it stands among all that changed
-- theirs in the workspace: in the order of their commits. taken_by is the token of
-- the sender that has it; sent_id is what that one calls what was sent.
alter table drafts
    add column if not exists state_at timestamptz,
    add column if not exists state_seq bigint,
    add column if not exists taken_at timestamptz,
    add column if not exists taken_by uuid,
    add column if not exists sent_at timestamptz,
    add column if not exists sent_id text;

alter table drafts drop constraint if exists drafts_state_check,
    add constraint drafts_state_check check (state in
        ('making', 'unmade', 'waiting', 'approved', 'sent', 'failed', 'rejected', 'withdrawn')) not valid;
alter table drafts validate constraint drafts_state_check;
alter table drafts drop constraint if exists drafts_check1;
alter table drafts drop constraint if exists drafts_check4;

-- How many drafts have changed their state: the row of a workspace stays locked from
-- one change to its commit, so what is read in the order of state_seq misses nothing.
create table if not exists draft_states (
    workspace_id uuid primary key references workspaces,
    seq          bigint not null
);

-- +goose StatementBegin
create or replace function draft_state() returns trigger
    language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
begin
    -- A personae from before says so of a draft that could not be made.
    if new.state = 'failed' and (tg_op = 'INSERT' and new.version = 0 or tg_op = 'UPDATE' and old.state = 'making') then
        new.state := 'unmade';
    end if;
    if tg_op = 'UPDATE' and old.state in ('approved', 'sent', 'failed') and new.version <> old.version then
        raise exception 'a draft that is approved keeps its words' using errcode = 'check_violation', constraint = 'draft_state';
    end if;
    if tg_op = 'UPDATE' and old.state = 'sent'
        and (new.state, new.sent_at, new.sent_id) is distinct from (old.state, old.sent_at, old.sent_id) then
        raise exception 'what was sent stays sent' using errcode = 'check_violation', constraint = 'draft_state';
    end if;
    if tg_op = 'UPDATE' and new.state = old.state then
        -- Those from before get theirs once.
        new.state_at := coalesce(old.state_at, new.state_at);
        new.state_seq := coalesce(old.state_seq, new.state_seq);
        return new;
    end if;
    if tg_op = 'UPDATE' and not old.state || ' ' || new.state = any (array[
        'making waiting', 'making unmade', 'making withdrawn', 'unmade making', 'failed unmade',
        'waiting making', 'waiting approved', 'waiting rejected', 'waiting withdrawn',
        'approved sent', 'approved failed', 'approved withdrawn', 'approved waiting',
        'failed sent', 'failed making', 'failed waiting',
        'rejected making', 'rejected waiting', 'withdrawn making', 'withdrawn waiting']) then
        raise exception 'a draft that is % does not become %', old.state, new.state using errcode = 'check_violation', constraint = 'draft_state';
    end if;
    if tg_op = 'UPDATE' and old.state = 'approved' and old.taken_at is not null and new.state not in ('sent', 'failed') then
        raise exception 'a draft that a sender has is sent or fails' using errcode = 'check_violation', constraint = 'draft_taken';
    end if;
    if new.state in ('making', 'waiting') then
        new.taken_at := null;
        new.taken_by := null;
    end if;
    insert into draft_states as s (workspace_id, seq) values (new.workspace_id, 1)
    on conflict (workspace_id) do update set seq = s.seq + 1 returning s.seq into new.state_seq;
    new.state_at := clock_timestamp();
    return new;
end $$;

-- From here on each change has its place. Those from before come before it.
do $$ begin
    if not exists (select from pg_trigger where tgname = 'draft_state' and not tgisinternal) then
        create trigger draft_state before insert or update on drafts for each row execute function draft_state();
        insert into draft_states (workspace_id, seq) select workspace_id, count(*) from drafts group by workspace_id;
    end if;
end $$;
-- +goose StatementEnd

update drafts d set state_seq = n.seq, state_at = coalesce(d.decided_at, d.made_at, d.asked_at)
from (select id, row_number() over (partition by workspace_id order by coalesce(decided_at, made_at, asked_at), id) as seq
    from drafts) n
where n.id = d.id and d.state_seq is null;
update drafts set state = 'unmade' where state = 'failed' and decided_at is null;

alter table drafts
    drop constraint if exists drafts_state_known, add constraint drafts_state_known check (state_at is not null and state_seq is not null) not valid,
    drop constraint if exists drafts_written, add constraint drafts_written check (version > 0 or state in ('making', 'unmade', 'withdrawn')) not valid,
    drop constraint if exists drafts_decided, add constraint drafts_decided
        check (state = 'withdrawn' or (decided_at is not null) = (state in ('approved', 'sent', 'failed', 'rejected'))) not valid,
    drop constraint if exists drafts_taken, add constraint drafts_taken check (taken_at is null or state in ('approved', 'sent', 'failed')) not valid,
    drop constraint if exists drafts_taken_by, add constraint drafts_taken_by check (taken_by is null or taken_at is not null) not valid,
    drop constraint if exists drafts_sent, add constraint drafts_sent check ((state = 'sent') = (sent_at is not null) and (sent_id is null or state = 'sent')) not valid,
    drop constraint if exists drafts_sent_id_check, add constraint drafts_sent_id_check check (char_length(sent_id) between 1 and 200) not valid,
    drop constraint if exists drafts_failed_why, add constraint drafts_failed_why check (state <> 'failed' or problem <> '') not valid,
    drop constraint if exists drafts_token, add constraint drafts_token foreign key (workspace_id, taken_by) references api_tokens (workspace_id, id) not valid;
alter table drafts validate constraint drafts_state_known, validate constraint drafts_written, validate constraint drafts_decided,
    validate constraint drafts_taken, validate constraint drafts_taken_by, validate constraint drafts_sent,
    validate constraint drafts_sent_id_check, validate constraint drafts_failed_why, validate constraint drafts_token;

create index if not exists drafts_state on drafts (workspace_id, state, state_seq);
create index if not exists drafts_unmade on drafts (workspace_id, asked_at) where state = 'unmade';
drop index if exists drafts_failed;

-- All that webhooks may ask for.
alter table webhooks drop constraint if exists webhooks_events_check,
    add constraint webhooks_events_check check (cardinality(events) > 0 and events <@ array['persona.default_changed', 'persona.created',
        'persona.updated', 'persona.deleted', 'campaign.assigned', 'draft.created', 'draft.approved', 'draft.rejected', 'draft.sent',
        'draft.failed', 'lead.contact_changed']) not valid;
alter table webhooks validate constraint webhooks_events_check;
alter table webhook_deliveries drop constraint if exists webhook_deliveries_event_check,
    add constraint webhook_deliveries_event_check check (event in ('persona.default_changed', 'persona.created', 'persona.updated',
        'persona.deleted', 'campaign.assigned', 'draft.created', 'draft.approved', 'draft.rejected', 'draft.sent', 'draft.failed',
        'lead.contact_changed', 'ping')) not valid;
alter table webhook_deliveries validate constraint webhook_deliveries_event_check;

-- +goose StatementBegin
-- What a sender has or sent was approved; what nobody may send any more counts as
-- rejected there.
create or replace view legacy."AIDraft" with (security_barrier) as
select d.id::text                                           as "id",
       coalesce(l.origin_id, l.id::text)                    as "leadId",
       coalesce(m.origin_id, m.id::text)                    as "triggerMessageId",
       d.body                                               as "content",
       d.channel                                            as "channel",
       case when d.state in ('approved', 'sent', 'failed') then 'approved' when d.state in ('rejected', 'withdrawn') then 'rejected' else 'pending' end as "status",
       case when d.state in ('approved', 'sent', 'failed') then case when d.edited_by is null then 'APPROVED' else 'EDITED' end end::legacy."AIDraftResponseDisposition" as "responseDisposition",
       (d.asked_at at time zone 'UTC')::timestamp(3)        as "createdAt",
       (coalesce(d.decided_at, d.made_at) at time zone 'UTC')::timestamp(3) as "updatedAt",
       null::timestamp(3) as "autoSendEvaluatedAt", null::double precision as "autoSendConfidence",
       null::double precision as "autoSendThreshold", null::text as "autoSendReason", null::text as "autoSendAction",
       false as "autoSendSlackNotified", null::timestamp(3) as "autoSendRevisionAttemptedAt",
       null::double precision as "autoSendOriginalConfidence", null::double precision as "autoSendRevisionConfidence",
       false as "autoSendRevisionApplied", null::boolean as "autoSendRevisionSelectorUsed",
       0 as "autoSendRevisionIterations", null::text as "slackNotificationChannelId",
       null::text as "slackNotificationMessageTs"
from drafts d
join messages m on m.workspace_id = d.workspace_id and m.id = d.message_id
join leads l on l.workspace_id = m.workspace_id and l.id = m.lead_id
where d.version > 0;
-- +goose StatementEnd
