-- +goose NO TRANSACTION
-- What a person holds, has asked for or was invited to is found by the person, without a look
-- at what all others do, and so is whether a workspace's name is there already.

-- +goose Up

-- Nobody waits while an index is made. One that was broken off is made anew.
drop index concurrently if exists sign_in_steps_user;
create index concurrently sign_in_steps_user on sign_in_steps (user_id);
drop index concurrently if exists password_resets_user;
create index concurrently password_resets_user on password_resets (user_id) where used_at is null;
drop index concurrently if exists api_tokens_made_by;
create index concurrently api_tokens_made_by on api_tokens (created_by) where revoked_at is null;
drop index concurrently if exists support_grants_given;
create index concurrently support_grants_given on support_grants (granted_by) where revoked_at is null;
drop index concurrently if exists invitations_made_by;
create index concurrently invitations_made_by on invitations (invited_by) where accepted_at is null and revoked_at is null;
drop index concurrently if exists invitations_to;
create index concurrently invitations_to on invitations (lower(email)) where accepted_at is null and revoked_at is null;
drop index concurrently if exists workspaces_named;
create index concurrently workspaces_named on workspaces (lower(name));
drop index concurrently if exists users_superadmins;
create index concurrently users_superadmins on users (id) where superadmin and disabled_at is null;
