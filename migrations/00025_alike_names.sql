-- Names that look the same are the same name, and a search finds what looks like it.

-- +goose Up

-- name_key returns what names are compared by: as Unicode folds identifiers
-- (NFKC_Casefold), with blanks of every kind as one. PostgreSQL has no casefold
-- before 18; lower differs from it in the two letters that it leaves. What spells
-- the flags of England, Scotland and Wales (U+E0020 to U+E007F) tells these apart,
-- and stays. The collation is named, because the database's own may fold no more
-- than ASCII.
create function name_key(name text) returns text
    language sql immutable parallel safe
    return normalize(btrim(regexp_replace(replace(translate(lower(normalize(regexp_replace(name,
        '[\u00AD\u034F\u061C\u115F\u1160\u17B4\u17B5\u180B-\u180F\u200B-\u200F\u202A-\u202E\u2060-\u206F\u3164\uFE00-\uFE0F\uFEFF\uFFA0\uFFF0-\uFFF8\U0001BCA0-\U0001BCA3\U0001D173-\U0001D17A\U000E0000-\U000E001F\U000E0080-\U000E0FFF]',
        '', 'g'), NFKC) collate "und-x-icu"), 'ς', 'σ'), 'ß', 'ss'), '[ \t\u1680]+', ' ', 'g')), NFKC);

-- search_key returns what a search is compared by: without the accents of Latin, Greek
-- and Cyrillic letters and what nobody sees. It is not the key of a name, as it looks
-- at every row: most are plain ASCII, and what else they would go through is slow.
create function search_key(value text) returns text
    language sql immutable parallel safe
    return replace(case when octet_length(value) = char_length(value) then lower(value collate "C") collate "und-x-icu"
        else normalize(regexp_replace(normalize(replace(translate(lower(value collate "und-x-icu"), 'ς', 'σ'), 'ß', 'ss'), NFKD),
            '[\u0300-\u036F\u00AD\u200B-\u200F\u2060\uFE00-\uFE0F\uFEFF]+', '', 'g'), NFC) end, '  ', ' ');

-- Personas that look the same already keep their names, which people chose: they are
-- numbered, and the number is part of what is unique. Whoever writes a persona gets
-- the number 0, so no two more come to look the same; one that has another number
-- keeps it until it is renamed.
alter table personas add column alike integer not null default 0;
alter table personas disable trigger user;
update personas p set alike = n.alike
from (select id, row_number() over (partition by workspace_id, name_key(name) order by seq) - 1 as alike from personas) n
where n.id = p.id and n.alike > 0;
alter table personas enable trigger user;

-- +goose StatementBegin
create function persona_alike() returns trigger
    language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
begin
    if tg_op = 'UPDATE' and (new.name = old.name or name_key(new.name) = name_key(old.name)) then
        new.alike := old.alike;
    else
        new.alike := 0;
    end if;
    return new;
end $$;
-- +goose StatementEnd
create trigger persona_alike before insert or update on personas for each row execute function persona_alike();

drop index personas_name;
create unique index personas_name on personas (workspace_id, name_key(name), alike);
