-- +goose NO TRANSACTION
-- A search finds a few among many leads, campaigns or workspaces by an index, and no more
-- looks at each of them.

-- +goose Up

-- search_parts returns a number for each three characters in a row of a key that search_key
-- made: who holds a search has all of its parts. With the scope in the number, what others
-- have makes no search slower. The first part is in all, for a search of less than three.
create or replace function search_parts(scope uuid, key text) returns bigint[]
    language sql immutable strict parallel safe cost 10000
    return array[hashtextextended('', uuid_hash_extended(scope, 0))] || array(
        select hashtextextended(substr(key, n, 3) collate "C", uuid_hash_extended(scope, 0)) from generate_series(1, length(key) - 2) n);

-- Their names change seldom. Nobody waits while an index is made; one that was broken off is made anew.
drop index concurrently if exists workspaces_search;
create index concurrently workspaces_search on workspaces using gin (search_parts('00000000-0000-0000-0000-000000000000', search_key(name)));
drop index concurrently if exists campaigns_search;
create index concurrently campaigns_search on campaigns using gin (search_parts(workspace_id, search_key(name)));

-- What a search looks for in a lead. It stands apart because each message writes a lead
-- anew, which would write its index anew.
create table if not exists lead_words (
    workspace_id uuid not null,
    lead_id      uuid primary key,
    words        text not null,
    foreign key (workspace_id, lead_id) references leads (workspace_id, id) on delete cascade
);

-- +goose StatementBegin
create or replace function lead_record_words() returns trigger
    language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
begin
    insert into lead_words (workspace_id, lead_id, words) values (new.workspace_id, new.id,
        search_key(new.first_name || ' ' || new.last_name || E'\n' || new.email || E'\n' || new.company))
    on conflict (lead_id) do update set words = excluded.words;
    return null;
end $$;
-- +goose StatementEnd
drop trigger if exists lead_words_insert on leads;
create trigger lead_words_insert after insert on leads for each row execute function lead_record_words();
drop trigger if exists lead_words_update on leads;
create trigger lead_words_update after update of first_name, last_name, email, company on leads for each row
    when (old.first_name is distinct from new.first_name or old.last_name is distinct from new.last_name
        or old.email is distinct from new.email or old.company is distinct from new.company)
    execute function lead_record_words();

-- Of those that are there, a few at a time, so that nobody waits long for one of them. A
-- lead that is written meanwhile is there already, and one that is erased is not locked.
-- +goose StatementBegin
do $$
declare
    after uuid := '00000000-0000-0000-0000-000000000000';
begin
    loop
        with part as (
            select * from leads where id > after order by id limit 1000 for key share
        ), added as (
            insert into lead_words (workspace_id, lead_id, words)
            select workspace_id, id, search_key(first_name || ' ' || last_name || E'\n' || email || E'\n' || company) from part
            on conflict do nothing
        )
        select id into after from part order by id desc limit 1;
        exit when after is null;
        commit;
    end loop;
end $$;
-- +goose StatementEnd
drop index concurrently if exists lead_words_search;
create index concurrently lead_words_search on lead_words using gin (search_parts(workspace_id, words)) with (gin_pending_list_limit = 256);
