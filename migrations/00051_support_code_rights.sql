-- The function that makes a support code looks at every workspace, so not everybody may
-- call it.

-- +goose Up
revoke execute on function new_support_code() from public;
