-- +goose NO TRANSACTION
-- When a lead last wrote, by which the list of leads is ordered.

-- +goose Up

-- Each statement is a transaction of its own, so that filling the column in holds
-- up nobody for long, and can be done again where the one after it failed.
alter table leads add column if not exists last_at timestamptz;

-- Whoever adds a message need not know of the column, nor be allowed to write it.
-- +goose StatementBegin
create or replace function lead_wrote() returns trigger
    language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
begin
    update leads l set last_at = n.sent_at
    from (select workspace_id, lead_id, max(sent_at) as sent_at from added group by workspace_id, lead_id) n
    where l.workspace_id = n.workspace_id and l.id = n.lead_id and (l.last_at is null or l.last_at < n.sent_at);
    return null;
end $$;

drop trigger if exists lead_wrote on messages;
-- +goose StatementEnd
create trigger lead_wrote after insert on messages referencing new table as added
    for each statement execute function lead_wrote();

update leads l set last_at = n.sent_at
from (select workspace_id, lead_id, max(sent_at) as sent_at from messages group by workspace_id, lead_id) n
where l.workspace_id = n.workspace_id and l.id = n.lead_id and (l.last_at is null or l.last_at < n.sent_at);

create index if not exists leads_last_at on leads (workspace_id, last_at desc nulls last, id);
