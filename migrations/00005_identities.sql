-- Who people are at the OpenID provider.

-- +goose Up

-- The provider's subject names a person for good; the address may change. A
-- person has one subject at a provider, so that whoever is given their address
-- there later does not become them here.
create table user_identities (
    user_id    uuid not null references users on delete cascade,
    issuer     text not null check (char_length(issuer) between 1 and 2000),
    subject    text not null check (char_length(subject) between 1 and 255),
    created_at timestamptz not null default now(),
    primary key (issuer, subject),
    unique (user_id, issuer)
);
