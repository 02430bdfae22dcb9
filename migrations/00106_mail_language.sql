-- In which language mails go to somebody who chose none.

-- +goose Up

-- What their browser asked for when they last signed in; null: they have not since there is this.
alter table users add column mail_language text
    check (mail_language ~ '^[a-z]{2,3}(-[A-Za-z0-9]{1,8})*$' and length(mail_language) <= 35);
