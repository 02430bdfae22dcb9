-- Secrets that must be read again are sealed by the program, with a key that is not here:
-- sealed, they begin with "sealed:".

-- +goose Up

alter table user_totp drop constraint user_totp_secret_check;
alter table user_totp add constraint user_totp_secret_check check (octet_length(secret) >= 20) not valid;
alter table user_totp validate constraint user_totp_secret_check;

-- Instances of the version before read no sealed secret, so for as long as they may still
-- run none is sealed.
insert into secrets (name, value)
select 'clear until', convert_to((now() + interval '1 hour')::text, 'UTF8') where exists (select from users)
on conflict do nothing;
