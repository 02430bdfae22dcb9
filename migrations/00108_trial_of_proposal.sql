-- What somebody thought of the answers of an edit goes with its proposal.

-- +goose Up
alter table proposals add column trial jsonb,
    add constraint proposals_trial_of_edit check (trial is null or kind = 'edit') not valid;
alter table proposals validate constraint proposals_trial_of_edit;
