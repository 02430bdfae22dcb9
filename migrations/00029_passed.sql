-- +goose NO TRANSACTION
-- Messages that came over and that the origin drafts no answer to.

-- +goose Up

-- Each statement is a transaction of its own, so that looking through the messages
-- holds up nobody, and can be done again where the one after it failed.
alter table messages drop constraint if exists messages_kind_check,
    add constraint messages_kind_check check (kind in ('', 'refusal', 'opt_out', 'automatic', 'passed')) not valid;
alter table messages validate constraint messages_kind_check;
