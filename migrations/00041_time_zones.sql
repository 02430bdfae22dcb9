-- In which zone a person reads times.

-- +goose Up

-- By its name in the tz database; null: as their browser says.
alter table users add column time_zone text check (time_zone ~ '^[A-Za-z0-9_+/-]{1,64}$');
