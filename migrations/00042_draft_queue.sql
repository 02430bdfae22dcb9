-- +goose NO TRANSACTION
-- The queue of drafts: what waits, the oldest first, and why a draft was rejected.

-- +goose Up

-- Each statement is a transaction of its own, so that looking through the drafts
-- holds up nobody, and can be done again where the one after it failed.
alter table drafts add column if not exists reject_reason text not null default '';
alter table drafts drop constraint if exists drafts_reject_reason_check,
    add constraint drafts_reject_reason_check
        check (reject_reason in ('', 'wrong', 'tone', 'length', 'unneeded', 'elsewhere', 'other')) not valid;
alter table drafts validate constraint drafts_reject_reason_check;

-- Whoever takes a draft out of its state need not know of the column.
-- +goose StatementBegin
create or replace function draft_reason() returns trigger
    language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
begin
    new.reject_reason := '';
    return new;
end $$;

drop trigger if exists draft_reason on drafts;
-- +goose StatementEnd
create trigger draft_reason before insert or update on drafts
    for each row when (new.state <> 'rejected' and new.reject_reason <> '') execute function draft_reason();

create index if not exists drafts_waiting on drafts (workspace_id, made_at, id) where state = 'waiting';
