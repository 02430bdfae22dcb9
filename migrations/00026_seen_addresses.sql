-- No address of a person holds a character that nobody sees: two would look the same.

-- +goose Up

-- Not a check: one that is there already must not keep its person from a new password.
-- +goose StatementBegin
create function address_seen() returns trigger language plpgsql as $$
begin
    if new.email ~ '[\u0001-\u0020\u007f-\u00a0\u00ad\u034f\u061c\u115f\u1160\u1680\u17b4\u17b5\u180b-\u180f\u2000-\u200f\u2028-\u202f\u205f-\u206f\u2800\u3000\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U0001d173-\U0001d17a\U000e0000-\U000e0fff]' then
        raise exception 'the address holds a character that nobody sees' using errcode = 'check_violation', constraint = 'address_is_seen';
    end if;
    return new;
end $$;
-- +goose StatementEnd
create trigger address_seen before insert or update of email on users for each row execute function address_seen();
create trigger address_seen before insert or update of email on invitations for each row execute function address_seen();
