-- What the members of a workspace are told by mail, each by their own choice.

-- +goose Up

-- A choice ends with the membership.
create table notice_choices (
    workspace_id uuid not null,
    event        text not null,
    user_id      uuid not null,
    primary key (workspace_id, event, user_id),
    foreign key (workspace_id, user_id) references members on delete cascade,
    constraint notice_choices_event check (event in ('persona.default_changed', 'proposal.made', 'schedule.skipped', 'support.let_in'))
);
-- Whose membership ends.
create index notice_choices_member on notice_choices (workspace_id, user_id);
