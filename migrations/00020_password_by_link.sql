-- Whether the password was set through an invitation's link, which who invited
-- them saw too: it ends when the person proves that the address is theirs.

-- +goose Up

alter table users add column password_by_link boolean not null default false;

update users u set password_by_link = true
from invitations i
where i.accepted_by = u.id and i.accepted_at = u.created_at and u.password_hash is not null
    and not exists (select from user_identities o where o.user_id = u.id);
