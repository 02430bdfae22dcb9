-- +goose NO TRANSACTION
-- A server may be set to keep the audit log and versions for so many months, of which the database
-- takes no fewer than twelve.

-- +goose Up

alter table workspace_revisions
    -- Of the events up to this one, those are gone that nothing needs.
    add column if not exists removed_to bigint not null default 0,
    -- Of the versions that were superseded before this moment, likewise; null: none is gone.
    add column if not exists removed_before timestamptz,
    -- The events among them that are needed without being named; files can be compared with any
    -- revision from the last of these on.
    add column if not exists removed_but bigint[] not null default '{}';

-- Whoever removes an event, or a version, is asked what names it. Most rows name none.
create index concurrently if not exists draft_versions_event on draft_versions (event_id, workspace_id) where event_id is not null;
create index concurrently if not exists campaign_versions_event on campaign_versions (event_id, workspace_id) where event_id is not null;

-- +goose StatementBegin
-- named_event reports whether something that is kept names an event.
create or replace function named_event(ws uuid, event uuid) returns boolean
    language sql stable set search_path = pg_catalog, public, pg_temp as $$
    select exists (select from persona_versions where event_id = event and workspace_id = ws)
        or exists (select from workspace_settings_versions where event_id = event and workspace_id = ws)
        or exists (select from campaign_versions where event_id = event and workspace_id = ws)
        or exists (select from draft_versions where event_id = event and workspace_id = ws)
        or exists (select from idempotency_keys where event_id = event and workspace_id = ws)
        or exists (select from schedules where workspace_id = ws and event in (start_event, end_event));
$$;

-- remove_versions removes at most so many versions of a workspace that were superseded before a
-- moment and that nothing names, and returns how many, with the events that made them. The words
-- that stood at that moment stay, and so do the last of what was deleted.
create or replace function remove_versions(ws uuid, before timestamptz, at_most bigint, out removed bigint, out events uuid[])
    language plpgsql set search_path = pg_catalog, public, pg_temp as $$
declare
    more uuid[];
begin
    with named as materialized (
        select persona_id, persona_version from drafts where workspace_id = ws
        union select persona_id, persona_version from draft_versions where workspace_id = ws
        union select persona_id, persona_version from draft_outcomes where workspace_id = ws
        union select unnest(array[persona_id, previous_id]), unnest(array[persona_version, previous_version]) from proposals where workspace_id = ws
        union select unnest(array[persona_id, previous_id]), unnest(array[persona_version, previous_version]) from schedules where workspace_id = ws
        union select persona_id, persona_version from house_copies where workspace_id = ws
    ), old as (
        select v.persona_id, v.version from persona_versions v
        where v.workspace_id = ws and v.recorded_at < before
            and exists (select from persona_versions n where n.workspace_id = ws and n.persona_id = v.persona_id
                and n.version > v.version and n.recorded_at < before)
            and not exists (select from named n where n.persona_id = v.persona_id and n.persona_version = v.version)
        limit at_most
    ), gone as (
        delete from persona_versions v using old
        where v.workspace_id = ws and v.persona_id = old.persona_id and v.version = old.version returning v.event_id
    ) select count(*), array_agg(event_id) from gone into removed, events;

    -- Of a draft in the words of the settings, that waits, it is told whether they changed since.
    with old as (
        select v.version from (select version, recorded_at, lead(recorded_at) over (order by version) as until
            from workspace_settings_versions where workspace_id = ws) v
        where v.until < before and not exists (select from drafts d where d.workspace_id = ws and d.state = 'waiting'
            and d.source = 'settings' and d.made_at >= v.recorded_at and d.made_at < v.until)
        limit at_most - removed
    ), gone as (
        delete from workspace_settings_versions v using old
        where v.workspace_id = ws and v.version = old.version returning v.event_id
    ) select removed + count(*), events || array_agg(event_id) from gone into removed, events;

    -- A version of a campaign is recorded when it is given up.
    with old as (
        select campaign_id, version from campaign_versions where workspace_id = ws and recorded_at < before limit at_most - removed
    ), gone as (
        delete from campaign_versions v using old
        where v.workspace_id = ws and v.campaign_id = old.campaign_id and v.version = old.version returning v.event_id
    ) select removed + count(*), events || array_agg(event_id) from gone into removed, events;
end $$;

-- remove_history removes what a workspace no longer needs of what happened before a moment, a year
-- ago at least: at most so many rows, versions first, then events in their order. It returns
-- how many, and whether there may be more. Whoever writes in the workspace waits for it.
create or replace function remove_history(ws uuid, before timestamptz, at_most integer, out removed bigint, out more boolean)
    language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare
    r workspace_revisions;
    last_gone bigint; -- the last event that may go
    files bigint;     -- up to it, the last that changed what files hold
    standing timestamptz;
    needed bigint[];
    looked_to bigint;
    events uuid[];
    unneeded bigint;
begin
    if before is null or before > now() - interval '12 months' then
        raise exception 'what happened in the last twelve months is kept'
            using errcode = 'check_violation', constraint = 'history_is_kept';
    end if;
    removed := 0;
    more := false;
    perform from workspaces where id = ws for no key update;
    select * from workspace_revisions where workspace_id = ws into r;
    -- The last event of all stays, and what a schedule that is open has to see.
    select least(r.rev - 1, (select e.rev from audit_events e where e.workspace_id = ws and e.at < before order by e.at desc, e.rev desc limit 1),
        (select min(s.rev) from schedules s where s.workspace_id = ws and s.due_at is not null)) into last_gone;
    if last_gone is null or last_gone <= r.removed_to then
        return;
    end if;
    select max(e.rev) from unnest('{persona,campaign,settings,workspace,import,demo}'::text[]) kind,
        lateral (select rev from audit_events where workspace_id = ws and split_part(action, '.', 1) = kind
            and at < before and rev <= last_gone order by at desc, rev desc limit 1) e into files;
    select least(e.at, (select min(s.made_at) from schedules s where s.workspace_id = ws and s.due_at is not null))
        from audit_events e where e.workspace_id = ws and e.rev = files into standing;
    -- Files, the undo of the last assignment, and what was kept of trying a persona.
    needed := array(select files where files is not null
        union select max(rev) from audit_events where workspace_id = ws and rev <= last_gone
            and (action in ('campaign.assigned', 'campaign.assigned_many', 'campaign.assignment_undone')
                or action = 'campaign.edited' and details ?| '{from,to}') having max(rev) is not null
        union (select distinct on (persona_id) rev from audit_events where workspace_id = ws and action = 'persona.tried'
            and rev <= last_gone and persona_id in (select id from personas where workspace_id = ws) order by persona_id, at desc, rev desc));

    set constraints all immediate;
    perform set_config('personae.erasing', ws::text, true);
    if standing is not null then
        select * from remove_versions(ws, standing, at_most / 2) into removed, events; -- each may have an event
    end if;
    looked_to := r.removed_to;
    if removed < at_most / 2 then
        select coalesce(max(rev), last_gone) from (select rev from audit_events where workspace_id = ws and rev > r.removed_to
            and rev <= last_gone order by rev limit at_most - 2 * removed) e into looked_to;
    end if;
    delete from audit_events e
    where e.workspace_id = ws and e.at < before and e.rev <> all (needed) and not named_event(ws, e.id)
        and e.id in (select id from audit_events where workspace_id = ws and rev > r.removed_to and rev <= looked_to
            union all select id from audit_events where workspace_id = ws and rev = any (r.removed_but)
            union all select id from audit_events where workspace_id = ws and id = any (events) and rev <= r.removed_to);
    get diagnostics unneeded = row_count;
    perform set_config('personae.erasing', '', true);
    update workspace_revisions set removed_to = looked_to, removed_before = greatest(removed_before, before), removed_but = needed
        where workspace_id = ws;
    removed := removed + unneeded;
    more := looked_to < last_gone;
end $$;
-- +goose StatementEnd
revoke execute on function remove_history(uuid, timestamptz, integer) from public;
