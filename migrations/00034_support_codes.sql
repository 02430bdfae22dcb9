-- +goose NO TRANSACTION
-- A short code for each workspace, to be said on the phone. It lets nobody in.

-- +goose Up

-- Each statement is a transaction of its own, so that nobody waits while every workspace
-- gets its code, and can be done again where a later one failed.
alter table workspaces add column if not exists support_code text;
alter table workspaces drop constraint if exists workspaces_support_code_key, add constraint workspaces_support_code_key unique (support_code);

-- Eight of 24 symbols, of which no two look alike and which make no words. A random uuid has
-- version and variant in its bytes 6 and 8.
-- +goose StatementBegin
create or replace function new_support_code() returns text
    language plpgsql volatile security definer set search_path = pg_catalog, public, pg_temp as $$
declare
    symbols constant text := '23456789CDFHJKMNPQRTVWXY';
    code text;
begin
    loop
        select string_agg(substr(symbols, 1 + get_byte(u.bytes, i) % 24, 1), '' order by i) into code
            from (select uuid_send(gen_random_uuid()) as bytes) u, unnest('{0,1,2,3,4,5,10,11}'::integer[]) i;
        if not exists (select from workspaces where support_code = code) then
            return code;
        end if;
    end loop;
end $$;
-- +goose StatementEnd

alter table workspaces alter column support_code set default new_support_code();

-- Whoever writes in a workspace locks it meanwhile: a few at a time wait for them, or they for us.
-- +goose StatementBegin
do $$
begin
    loop
        update workspaces set support_code = default
            where id in (select id from workspaces where support_code is null order by id limit 200);
        exit when not found;
        commit;
    end loop;
end $$;
-- +goose StatementEnd

alter table workspaces drop constraint if exists workspaces_support_code_check,
    add constraint workspaces_support_code_check
        check (support_code is not null and support_code ~ '^[2-9CDFHJKMNPQRTVWXY]{8}$') not valid;
alter table workspaces validate constraint workspaces_support_code_check;
