-- What an import said of the origin that it will find there again.

-- +goose Up

-- A digest of the line, which holds nobody's words.
create table origin_repairs (
    digest bytea primary key
);
