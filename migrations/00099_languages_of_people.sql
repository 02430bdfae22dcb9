-- In which language a person reads the interface.

-- +goose Up

-- As BCP 47 writes it; null: as their browser says.
alter table users add column language text check (language ~ '^[a-z]{2,3}(-[A-Za-z0-9]{1,8})*$' and length(language) <= 35);
