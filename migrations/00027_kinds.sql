-- +goose NO TRANSACTION
-- What a message says of whether its lead wants an answer: a refusal, an opt-out
-- or an automatic reply gets no draft by itself.

-- +goose Up

-- Each statement is a transaction of its own, so that looking through the messages
-- holds up nobody, and can be done again where the one after it failed.
alter table messages add column if not exists kind text not null default '';
alter table messages drop constraint if exists messages_kind_check,
    add constraint messages_kind_check check (kind in ('', 'refusal', 'opt_out', 'automatic')) not valid;
alter table messages validate constraint messages_kind_check;
