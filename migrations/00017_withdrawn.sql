-- Support staff may take back what they asked for: they answer their own request,
-- with no grant.

-- +goose Up
alter table audit_events drop constraint audit_events_support_grant;
alter table audit_events add constraint audit_events_support_grant
    check (capacity <> 'support' or grant_id is not null or action in ('support.requested', 'support.withdrawn')) not valid;
