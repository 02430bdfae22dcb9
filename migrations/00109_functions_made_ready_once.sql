-- The keys of names and the parts that a search goes by are worked out for indexes. In SQL PostgreSQL
-- makes their functions ready anew for each statement that writes one, which took longer than to work
-- them out; in PL/pgSQL they say the same and are made ready once for a connection.

-- +goose Up

-- +goose StatementBegin
create or replace function name_key(name text) returns text
    language plpgsql immutable parallel safe as $$
begin
    return normalize(btrim(regexp_replace(replace(translate(lower(normalize(regexp_replace(name,
        '[\u00AD\u034F\u061C\u115F\u1160\u17B4\u17B5\u180B-\u180F\u200B-\u200F\u202A-\u202E\u2060-\u206F\u3164\uFE00-\uFE0F\uFEFF\uFFA0\uFFF0-\uFFF8\U0001BCA0-\U0001BCA3\U0001D173-\U0001D17A\U000E0000-\U000E001F\U000E0080-\U000E0FFF]',
        '', 'g'), NFKC) collate "und-x-icu"), 'ς', 'σ'), 'ß', 'ss'), '[ \t\u1680]+', ' ', 'g')), NFKC);
end $$;
-- +goose StatementEnd

-- +goose StatementBegin
create or replace function search_parts(scope uuid, key text) returns bigint[]
    language plpgsql immutable strict parallel safe cost 10000 as $$
begin
    return array[hashtextextended('', uuid_hash_extended(scope, 0))] || array(
        select hashtextextended(substr(key, n, 3) collate "C", uuid_hash_extended(scope, 0)) from generate_series(1, length(key) - 2) n);
end $$;
-- +goose StatementEnd
