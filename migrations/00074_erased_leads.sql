-- personae import leaves out a lead that was erased here.

-- +goose Up

-- Of an erased lead remains the SHA-256 of the workspace's id, a blank and the lead's
-- external id: whoever has that id finds it, and nobody reads the id there.
create table erased_leads (
    workspace_id uuid not null references workspaces,
    digest       bytea not null check (octet_length(digest) = 32),
    erased_at    timestamptz not null default clock_timestamp(),
    primary key (workspace_id, digest)
);

-- erase_lead is as it was, and notes the digest.
-- +goose StatementBegin
create or replace function erase_lead(ws uuid, erased uuid, silent_since timestamptz default null) returns boolean
    language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare
    named text := (select external_id from leads where workspace_id = ws and id = erased);
    their_drafts uuid[];
    told uuid[];
begin
    if named is null then
        return false;
    end if;
    perform pg_advisory_xact_lock(hashtextextended(ws || ' lead ' || named, 0));
    perform from leads where workspace_id = ws and id = erased
        and (silent_since is null or coalesce(last_at, created_at) < silent_since) for update;
    if not found then
        return false;
    end if;
    perform from messages where workspace_id = ws and lead_id = erased order by id for update;
    their_drafts := array(select d.id from drafts d join messages m on m.workspace_id = d.workspace_id and m.id = d.message_id
        where m.workspace_id = ws and m.lead_id = erased order by d.id for update of d);
    if silent_since is not null and exists (select from drafts where workspace_id = ws and id = any (their_drafts)
        and (sent_at >= silent_since or state = 'approved')) then
        return false;
    end if;
    perform set_config('personae.erasing', ws::text, true);
    with gone as (
        delete from webhook_deliveries where workspace_id = ws and data->>'leadId' = erased::text returning id
    ) select array_agg(id) into told from gone;
    delete from river.river_job j using (select erased::text as about union all select d::text from unnest(their_drafts) d
        union all select t::text from unnest(told) t) gone
    where coalesce(j.args->>'draft', j.args->>'lead', j.args->>'delivery') = gone.about; -- as the index river_job_about says
    -- What a request was answered may hold their words: each that was about them, and what
    -- changed nothing, such as a preview, whomever it was about.
    delete from idempotency_keys where workspace_id = ws and event_id is null;
    delete from idempotency_keys k using audit_events e
    where e.workspace_id = ws and e.details->>'lead' = erased::text and k.workspace_id = ws and k.event_id = e.id;
    delete from draft_versions where workspace_id = ws and draft_id = any (their_drafts);
    delete from drafts where workspace_id = ws and id = any (their_drafts);
    delete from scores where workspace_id = ws and lead_id = erased;
    delete from origin_rows where workspace_id = ws and (kind = 'lead' and id = erased
        or kind = 'message' and id in (select id from messages where workspace_id = ws and lead_id = erased));
    delete from messages where workspace_id = ws and lead_id = erased;
    delete from leads where workspace_id = ws and id = erased;
    insert into erased_leads (workspace_id, digest) values (ws, sha256(convert_to(ws || ' ' || named, 'UTF8'))) on conflict do nothing;
    perform set_config('personae.erasing', '', true);
    return true;
end $$;
-- +goose StatementEnd
