-- +goose NO TRANSACTION
-- Who may not be written to gets nothing: what waits for them or is approved is
-- withdrawn, and nothing of theirs is approved. Mail that asks for it is held for a
-- person.

-- +goose Up

-- Each statement is a transaction of its own, so that none holds up writers for long,
-- and can be done again where the one after it failed.

-- Since when a mail of a lead asks that it is not written to, until a person says yes or no.
alter table leads add column if not exists contact_asked_at timestamptz;
create index if not exists leads_contact_asked on leads (workspace_id) where contact_asked_at is not null;

-- +goose StatementBegin
-- The drafts are locked before one of them is changed, as whoever changes one has it
-- before it gets its place in the order of states.
create or replace function lead_closed() returns trigger
    language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare
    theirs uuid[] := array(select d.id from drafts d join messages m on m.workspace_id = d.workspace_id and m.id = d.message_id
        where m.workspace_id = new.workspace_id and m.lead_id = new.id order by d.id for update of d);
begin
    update drafts set state = 'withdrawn' where workspace_id = new.workspace_id and id = any (theirs)
        and (state in ('making', 'waiting') or state = 'approved' and taken_at is null);
    return null;
end $$;

drop trigger if exists lead_closed on leads;
create trigger lead_closed after update of blacklisted, opted_out, unsubscribed, bounced on leads for each row
    when ((new.blacklisted or new.opted_out or new.unsubscribed or new.bounced)
        and not (old.blacklisted or old.opted_out or old.unsubscribed or old.bounced))
    execute function lead_closed();

create or replace function draft_contact() returns trigger
    language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
begin
    if exists (select from messages m join leads l on l.workspace_id = m.workspace_id and l.id = m.lead_id
        where m.workspace_id = new.workspace_id and m.id = new.message_id and (l.blacklisted or l.opted_out or l.unsubscribed or l.bounced)) then
        raise exception 'the lead may not be written to' using errcode = 'check_violation', constraint = 'draft_contact';
    end if;
    return new;
end $$;

drop trigger if exists draft_contact on drafts;
create trigger draft_contact before update of state on drafts for each row
    when (new.state = 'approved' and old.state <> 'approved') execute function draft_contact();
-- +goose StatementEnd

-- What waits at leads who may not be written to already: nobody sends it.
update drafts d set state = 'withdrawn' from messages m, leads l
where m.workspace_id = d.workspace_id and m.id = d.message_id and l.workspace_id = m.workspace_id and l.id = m.lead_id
    and (l.blacklisted or l.opted_out or l.unsubscribed or l.bounced) and d.state = 'approved' and d.taken_at is null;

-- Mails that asked for it before.
update leads l set contact_asked_at = m.sent_at
from (select distinct on (workspace_id, lead_id) workspace_id, lead_id, kind, sent_at, answered_elsewhere from messages
    order by workspace_id, lead_id, sent_at desc, id desc) m
where m.workspace_id = l.workspace_id and m.lead_id = l.id and m.kind = 'opt_out' and not m.answered_elsewhere
    and l.contact_asked_at is null and not (l.blacklisted or l.opted_out or l.unsubscribed or l.bounced);
