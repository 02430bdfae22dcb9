-- What was typed in a form that came signed out, while somebody is at the OpenID provider.

-- +goose Up

-- kept_forms: signed by us before it comes here. owner is a keyed hash of where it came from.
create table kept_forms (
    token_hash bytea primary key check (octet_length(token_hash) = 32),
    owner      bytea not null,
    value      text not null,
    expires_at timestamptz not null
);
create index kept_forms_owner on kept_forms (owner, expires_at);
create index kept_forms_expire on kept_forms (expires_at);
