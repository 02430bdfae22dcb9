-- Where a second person has to approve a change of the default, the command line proposes it
-- too, and a switch may be approved before the moment at which it happens.

-- +goose Up

-- The command line is nobody: whoever decides on what it proposes is the second person.
alter table proposals alter column made_by drop not null,
    add column starts_at timestamptz, -- when a switch is to happen; null: once it is approved
    add column ends_at timestamptz,   -- when it is to be taken back; null: never
    drop constraint proposals_capacity_check,
    add constraint proposals_capacity_check
        check (capacity in ('owner', 'admin', 'member', 'support', 'superadmin', 'token', 'operator')) not valid,
    add constraint proposals_by_operator check ((capacity = 'operator') = (made_by is null)) not valid,
    add constraint proposals_at_a_moment check ((starts_at is null or kind = 'switch') and (ends_at is null or (ends_at > starts_at) is true)) not valid;
alter table proposals validate constraint proposals_capacity_check, validate constraint proposals_by_operator,
    validate constraint proposals_at_a_moment;

-- A schedule that was proposed names its proposal, and the transaction in which its last step
-- was taken and when, which only the trigger below writes.
alter table schedules add column proposal_id uuid, add column stepped_in xid8, add column stepped_at timestamptz,
    add constraint schedules_proposal_fkey foreign key (workspace_id, proposal_id) references proposals not valid,
    add constraint schedules_proposed check (proposal_id is null or kind = 'switch') not valid;
alter table schedules validate constraint schedules_proposal_fkey, validate constraint schedules_proposed;
create unique index schedules_of_proposal on schedules (workspace_id, proposal_id) where proposal_id is not null;

-- +goose StatementBegin
create or replace function schedule_goes_forward() returns trigger
    language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare
    course constant text[] := '{state,due_at,rev,previous_id,previous_version,start_event,end_event,closed_at,skipped_by,cancelled_by,cancelled_as,stepped_in,stepped_at}';
begin
    if tg_op = 'INSERT' then
        new.stepped_in := null;
        return new;
    end if;
    if old.closed_at is not null or new.state = 'waiting' or new.state = old.state
        or old.start_event is not null and (new.start_event, new.previous_id, new.previous_version)
            is distinct from (old.start_event, old.previous_id, old.previous_version)
        or to_jsonb(new) - course is distinct from to_jsonb(old) - course
        -- Its way back leads to who was the default.
        or old.start_event is null and new.start_event is not null and new.proposal_id is not null and not exists (select from personas
            where workspace_id = new.workspace_id and is_default and id = new.previous_id and version = new.previous_version) then
        raise exception 'a schedule stays as it was made, and each of its steps is taken once'
            using errcode = 'check_violation', constraint = 'schedule_goes_forward';
    end if;
    new.stepped_in := case when new.state in ('active', 'done') then pg_current_xact_id() end;
    new.stepped_at := clock_timestamp();
    return new;
end $$;

-- approved_now returns the proposal of one of these kinds that a second person approved in
-- this very transaction; null: none. It was made in an earlier one. A number of a transaction
-- may come again in a database that was restored, which the time tells apart.
create or replace function approved_now(ws uuid, variadic kinds text[]) returns proposals
    language sql stable set search_path = pg_catalog, public, pg_temp
    return (select o from proposals o where o.workspace_id = ws and o.decided_in = pg_current_xact_id() and o.decided_at >= now()
        and o.state = 'approved' and o.decided_by is distinct from o.made_by and o.made_in is distinct from o.decided_in
        and o.kind = any(kinds) and o.starts_at is null limit 1);

-- approved_step returns the schedule of which this very transaction takes a step that a
-- second person approved and that is due; null: none. Its time is looked at as in approved_now.
create function approved_step(ws uuid) returns schedules
    language sql stable set search_path = pg_catalog, public, pg_temp
    return (select s from schedules s join proposals o on o.workspace_id = s.workspace_id and o.id = s.proposal_id
        where s.workspace_id = ws and s.stepped_in = pg_current_xact_id() and s.stepped_at >= now() and o.kind = 'switch' and o.state = 'approved'
            and o.decided_by is distinct from o.made_by and (o.persona_id, o.persona_version) = (s.persona_id, s.persona_version)
            and (o.starts_at, o.ends_at) is not distinct from (s.starts_at, s.ends_at)
            and case when s.end_event is null then s.starts_at else s.ends_at end <= clock_timestamp()
        limit 1);

-- says_as_pinned reports whether a persona has the words of one of its versions.
create function says_as_pinned(p personas, pinned integer) returns boolean
    language sql stable set search_path = pg_catalog, public, pg_temp
    return exists (select from persona_versions v where v.workspace_id = p.workspace_id and v.persona_id = p.id and v.version = pinned
        and (v.display_name, v.tone, v.greeting, v.sms_greeting, v.signature, v.goals, v.service_description, v.ideal_customer_profile, v.variants)
        is not distinct from (p.display_name, p.tone, p.greeting, p.sms_greeting, p.signature, p.goals, p.service_description,
            p.ideal_customer_profile, p.variants));

create or replace function default_is_of_two() returns trigger
    language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare
    ws uuid := case when tg_op = 'INSERT' then new.workspace_id else old.workspace_id end;
    approved proposals;
    step schedules;
    back boolean;
    refused boolean;
begin
    if not exists (select from workspaces where id = ws and require_second_person and (erasing_at is null or tg_op <> 'DELETE')) then
        return case when tg_op = 'DELETE' then old else new end;
    end if;
    approved := approved_now(ws, 'switch', 'edit');
    if approved.id is null then
        step := approved_step(ws);
        back := step.end_event is not null;
    end if;
    if tg_op = 'DELETE' then
        refused := true;
    elsif tg_op = 'INSERT' then
        refused := approved.kind is not distinct from 'switch' or step.id is not null;
    elsif not old.is_default and step.id is not null then
        refused := new.id is distinct from case when back then step.previous_id else step.persona_id end
            or not says_as_pinned(new, case when back then step.previous_version else step.persona_version end);
    elsif not old.is_default then
        refused := approved.kind is not distinct from 'switch'
            and (approved.persona_id <> new.id or approved.persona_version <> old.version);
    elsif not new.is_default and step.id is not null then
        refused := false; -- what becomes the default instead is looked at when it does
    elsif not new.is_default then
        refused := (approved.kind is distinct from 'switch' or approved.previous_id is distinct from old.id
                or approved.previous_version <> old.version)
            and not exists (select from personas where workspace_id = ws and is_default and id <> old.id);
    else
        refused := approved.kind is distinct from 'edit' or approved.persona_id <> old.id or approved.persona_version <> old.version
            or (approved.display_name, approved.tone, approved.greeting, approved.sms_greeting, approved.signature, approved.goals,
                approved.service_description, approved.ideal_customer_profile, approved.variants) is distinct from
            (new.display_name, new.tone, new.greeting, new.sms_greeting, new.signature, new.goals, new.service_description,
                new.ideal_customer_profile, new.variants);
    end if;
    if refused then
        raise exception 'workspace % demands that a second person approves a change of its default or of the default''s words', ws
            using errcode = 'check_violation', constraint = 'needs_second_person', hint = 'Propose the change; another person approves it.';
    end if;
    return case when tg_op = 'DELETE' then old else new end;
end $$;
-- +goose StatementEnd

create or replace trigger schedule_goes_forward before insert or update on schedules
    for each row execute function schedule_goes_forward();
