-- What sends COMMIT along with its last statements has the server refuse one that did not
-- change the one row it was about, for which changed_one is. And triggers that do less: the look at the rules, which each row of a write fires at COMMIT, is one
-- query where all is well, and was four; and a draft that begins to wait writes its outcome once.

-- +goose Up

-- +goose StatementBegin
create function changed_one(rows bigint) returns void language plpgsql immutable parallel safe as $$
begin
    if rows <> 1 then
        raise exception 'a program that does not take the workspace’s lock changed a row meanwhile'
            using errcode = 'serialization_failure';
    end if;
end $$;
-- +goose StatementEnd

-- +goose StatementBegin
create or replace function default_holds() returns trigger language plpgsql security definer
set search_path = pg_catalog, public, pg_temp as $$
declare
    ws uuid := case when tg_op = 'DELETE' then old.workspace_id else new.workspace_id end;
begin
    -- Nearly always all of it holds, and one look says so; what follows says what does not.
    if exists (
        select from workspace_revisions r
        join personas p on p.workspace_id = r.workspace_id and p.is_default
        join workspace_settings s on s.workspace_id = r.workspace_id
        where r.workspace_id = ws and r.xmin = pg_current_xact_id()::xid
          and (p.display_name, p.tone, p.greeting, p.sms_greeting, p.signature, p.goals, p.service_description, p.ideal_customer_profile)
              is not distinct from
              (s.ai_persona_name, s.ai_tone, s.ai_greeting, s.ai_sms_greeting, s.ai_signature, s.ai_goals, s.service_description, s.ideal_customer_profile)) then
        return null;
    end if;
    if not exists (select from workspace_revisions
                   where workspace_id = ws and xmin = pg_current_xact_id()::xid) then
        update workspace_revisions set rev = rev where workspace_id = ws;
        if not found then
            raise exception 'workspace % has no revision row', ws
                using errcode = 'check_violation', constraint = 'workspace_has_revision';
        end if;
    end if;
    if not exists (select from personas where workspace_id = ws) then
        return null;
    end if;
    if not exists (select from personas where workspace_id = ws and is_default) then
        raise exception 'workspace % has personas and no default', ws
            using errcode = 'check_violation', constraint = 'personas_have_default',
                  hint = 'Make another persona the default in the same transaction.';
    end if;
    if not exists (
        select from personas p join workspace_settings s on s.workspace_id = p.workspace_id
        where p.workspace_id = ws and p.is_default
          and (p.display_name, p.tone, p.greeting, p.sms_greeting, p.signature, p.goals, p.service_description, p.ideal_customer_profile)
              is not distinct from
              (s.ai_persona_name, s.ai_tone, s.ai_greeting, s.ai_sms_greeting, s.ai_signature, s.ai_goals, s.service_description, s.ideal_customer_profile)) then
        raise exception 'the settings of workspace % differ from its default persona', ws
            using errcode = 'check_violation', constraint = 'settings_mirror_default',
                  hint = 'Change the default persona and its eight settings columns in the same transaction.';
    end if;
    return null;
end $$;
-- +goose StatementEnd

-- +goose StatementBegin
create or replace function draft_result() returns trigger language plpgsql security definer
set search_path = pg_catalog, public, pg_temp as $$
declare
    o draft_outcomes;
    drafted text;
begin
    if new.version > 0 and (tg_op = 'INSERT' or old.state = 'making' and new.version > old.version) then
        insert into draft_outcomes (workspace_id, draft_id, version, source, persona_id, persona_version, campaign_id, channel, made_at)
        select new.workspace_id, new.id, new.version, new.source, new.persona_id, new.persona_version, m.campaign_id, new.channel, new.made_at
        from messages m where m.workspace_id = new.workspace_id and m.id = new.message_id;
        if new.state = 'waiting' then
            return null; -- nothing has come of it yet
        end if;
    elsif tg_op = 'INSERT' or old.state = 'making' or new.state = old.state then
        return null;
    end if;
    select * into o from draft_outcomes
    where workspace_id = new.workspace_id and draft_id = new.id order by version desc limit 1;
    if not found then
        return null;
    end if;
    case new.state
        when 'waiting' then
            o.decision := null;
            o.decided_at := null;
            o.reason := '';
            o.sending := null;
        when 'making' then
            o.decision := coalesce(o.decision, 'replaced');
        when 'approved' then
            select body into drafted from draft_versions
            where workspace_id = o.workspace_id and draft_id = o.draft_id and version = o.version;
            o.decision := 'approved';
            o.decided_at := new.decided_at;
            o.edited := new.body <> drafted;
            select added, removed into o.words_added, o.words_removed from words_changed(drafted, new.body);
        when 'rejected' then
            o.decision := 'rejected';
            o.decided_at := new.decided_at;
            o.reason := new.reject_reason;
        when 'withdrawn' then
            o.decision := 'withdrawn';
        when 'sent', 'failed' then
            o.sending := new.state;
        else
            return null;
    end case;
    if o.decision is distinct from 'approved' then
        o.edited := false;
        o.words_added := 0;
        o.words_removed := 0;
    end if;
    update draft_outcomes set decision = o.decision, decided_at = o.decided_at, reason = o.reason, edited = o.edited,
        words_added = o.words_added, words_removed = o.words_removed, sending = o.sending
    where workspace_id = o.workspace_id and draft_id = o.draft_id and version = o.version;
    return null;
end $$;
-- +goose StatementEnd
