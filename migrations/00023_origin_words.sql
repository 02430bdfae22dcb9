-- +goose NO TRANSACTION
-- What the origin's programs call things, kept for them: personae itself reads
-- none of it.

-- +goose Up

-- Each statement is a transaction of its own, so that filling the column in holds
-- up nobody for long, and can be done again where the one after it failed.
alter table leads add column if not exists origin_status text, add column if not exists origin_sentiment text;

-- Roles of one person, who has one here.
alter table members add column if not exists origin_roles text[]
    check (origin_roles <@ array['ADMIN', 'SETTER', 'INBOX_MANAGER', 'CLIENT_PORTAL']);
alter table campaigns add column if not exists origin_response_mode text
    check (origin_response_mode in ('SETTER_MANAGED', 'AI_AUTO_SEND'));

-- The id of a question, and whether an answer is needed. A question is known by
-- its words: one that is changed here is a new one.
create table if not exists origin_questions (
    workspace_id uuid not null references workspaces,
    origin_id    text not null check (char_length(origin_id) between 1 and 200),
    question     text not null,
    required     boolean not null,
    primary key (workspace_id, origin_id)
);

alter table messages add column if not exists origin_id text;
update messages m set origin_id = o.origin_id from origin_rows o
where o.workspace_id = m.workspace_id and o.kind = 'message' and o.id = m.id and m.origin_id is null;
create index if not exists messages_legacy_id on messages ((coalesce(origin_id, id::text)));

-- Questions that came over as JSON.
-- +goose StatementBegin
do $$
declare
    s workspace_settings;
begin
    for s in select * from workspace_settings where qualification_questions ~ '^\s*\[\s*\{' loop
        begin
            insert into origin_questions (workspace_id, origin_id, question, required)
            select s.workspace_id, q->>'id', regexp_replace(btrim(q->>'question', E' \t\r\n'), '\s+', ' ', 'g'), coalesce(q->>'required' = 'true', false)
            from jsonb_array_elements(s.qualification_questions::jsonb) q
            where q->>'id' <> '' and q->>'question' <> ''
            on conflict do nothing;
        exception when others then
            null; -- it is no JSON, and stays as it is
        end;
    end loop;
end $$;
-- +goose StatementEnd
