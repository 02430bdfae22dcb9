-- +goose NO TRANSACTION
-- By which the audit log finds the events of a page, however it is filtered, without
-- looking at all the others.

-- +goose Up

-- Nobody waits while an index is made. One that was broken off is there and of no use, so
-- it is made anew.
drop index concurrently if exists audit_events_at;
create index concurrently audit_events_at on audit_events (workspace_id, at, rev);

-- The persons, also to list who they are.
drop index concurrently if exists audit_events_person;
create index concurrently audit_events_person on audit_events (workspace_id, actor_id, at, rev);
drop index concurrently if exists audit_events_actor;
drop index concurrently if exists audit_events_operator;
create index concurrently audit_events_operator on audit_events (workspace_id, at, rev) where capacity = 'operator';

-- The part of an action before the dot.
drop index concurrently if exists audit_events_kind;
create index concurrently audit_events_kind on audit_events (workspace_id, split_part(action, '.', 1), at, rev);

-- Whatever moved the default.
drop index concurrently if exists audit_events_moved;
create index concurrently audit_events_moved on audit_events (workspace_id, at, rev)
    where action like 'persona.%' and details ? 'to' and details->>'to' is distinct from details->>'from';

-- The persona of an event, before it and after it. An event stands in as few of them as tell of it.
drop index concurrently if exists audit_events_persona;
create index concurrently audit_events_persona on audit_events (workspace_id, persona_id, at, rev) where persona_id is not null;
drop index concurrently if exists audit_events_from;
create index concurrently audit_events_from on audit_events (workspace_id, (details->>'from'), at, rev)
    where details->>'from' <> coalesce(persona_id::text, '');
drop index concurrently if exists audit_events_to;
create index concurrently audit_events_to on audit_events (workspace_id, (details->>'to'), at, rev)
    where details->>'to' <> coalesce(persona_id::text, '');

-- What chose who answers for campaigns, of which the last can be undone.
drop index concurrently if exists audit_events_reassigned;
create index concurrently audit_events_reassigned on audit_events (workspace_id, rev)
    where action in ('campaign.assigned', 'campaign.assigned_many', 'campaign.assignment_undone')
        or action = 'campaign.edited' and details ?| '{from,to}';
