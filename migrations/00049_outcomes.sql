-- +goose NO TRANSACTION
-- What became of each draft, for the page Outcomes.

-- +goose Up

-- Each statement is a transaction of its own, so that looking through the drafts holds
-- up nobody, and can be done again where the one after it failed.

-- words_changed counts the words that one text has more often than another. A word that
-- only moved counts as none.
-- +goose StatementBegin
create or replace function words_changed(before text, after text, out added integer, out removed integer)
    language sql immutable parallel safe as $$
    select coalesce(sum(greatest(n, 0)), 0)::integer, coalesce(sum(greatest(-n, 0)), 0)::integer from (
        select sum(one) as n from (
            select word, 1 as one from regexp_split_to_table(after, '\s+') word where word <> ''
            union all
            select word, -1 from regexp_split_to_table(before, '\s+') word where word <> '') words
        group by word) each
$$;
-- +goose StatementEnd

-- Each time that a draft was made: by which persona, for what, and what became of it before
-- it was made anew. version is that of the draft as it was made. A decision is null
-- while the draft waits; one that was made anew before anybody decided is replaced.
-- edited says whether it was approved with other words, and words_added and
-- words_removed how many.
create table if not exists draft_outcomes (
    workspace_id    uuid not null references workspaces,
    draft_id        uuid not null,
    version         integer not null,
    source          text not null,
    persona_id      uuid,
    persona_version integer,
    campaign_id     uuid,
    channel         text not null,
    made_at         timestamptz not null,
    decision        text check (decision in ('approved', 'rejected', 'withdrawn', 'replaced')),
    decided_at      timestamptz,
    reason          text not null default '',
    edited          boolean not null default false,
    words_added     integer not null default 0,
    words_removed   integer not null default 0,
    sending         text check (sending in ('sent', 'failed')),
    primary key (workspace_id, draft_id, version),
    foreign key (workspace_id, draft_id) references drafts (workspace_id, id) on delete cascade,
    foreign key (workspace_id, campaign_id) references campaigns (workspace_id, id) on delete set null (campaign_id)
);
create index if not exists draft_outcomes_made on draft_outcomes (workspace_id, made_at);
create index if not exists draft_outcomes_campaign on draft_outcomes (workspace_id, campaign_id);

-- +goose StatementBegin
create or replace function draft_result() returns trigger
    language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare
    o draft_outcomes;
    drafted text;
begin
    if new.version > 0 and (tg_op = 'INSERT' or old.state = 'making' and new.version > old.version) then
        insert into draft_outcomes (workspace_id, draft_id, version, source, persona_id, persona_version, campaign_id, channel, made_at)
        select new.workspace_id, new.id, new.version, new.source, new.persona_id, new.persona_version, m.campaign_id, new.channel, new.made_at
        from messages m where m.workspace_id = new.workspace_id and m.id = new.message_id;
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

drop trigger if exists draft_result on drafts;
-- +goose StatementEnd
-- By its name it comes after draft_record, which keeps the text that it compares with.
create trigger draft_result after insert or update on drafts for each row execute function draft_result();

-- Those from before. What was made anew was rejected before that.
-- +goose StatementBegin
do $$
declare
    ws uuid;
begin
    for ws in select id from workspaces order by id loop
        with rejected as materialized (
            select e.details->>'draft' as draft, e.at from audit_events e where e.workspace_id = ws and e.action = 'draft.rejected'
        )
        insert into draft_outcomes (workspace_id, draft_id, version, source, persona_id, persona_version, campaign_id, channel, made_at,
            decision, decided_at, reason, edited, words_added, words_removed, sending)
        select v.workspace_id, v.draft_id, v.version, v.source, v.persona_id, v.persona_version, m.campaign_id, d.channel,
            case when v.next is null then d.made_at else v.recorded_at end, f.decision,
            case when f.decision = 'approved' or d.state = 'rejected' and v.next is null then d.decided_at
                when f.decision = 'rejected' then (select max(r.at) from rejected r
                    where r.draft = v.draft_id::text and r.at > v.recorded_at and (v.next is null or r.at < v.next)) end,
            case when d.state = 'rejected' and v.next is null then d.reject_reason else '' end,
            f.decision is not distinct from 'approved' and d.body <> v.body, coalesce(w.added, 0), coalesce(w.removed, 0),
            case when f.decision = 'approved' and d.state in ('sent', 'failed') then d.state end
        from (select *, lead(recorded_at) over (partition by draft_id order by version) as next
            from draft_versions where workspace_id = ws and event_id is null) v
        join drafts d on d.workspace_id = v.workspace_id and d.id = v.draft_id
        join messages m on m.workspace_id = d.workspace_id and m.id = d.message_id
        cross join lateral (select case when v.next is not null or d.state in ('making', 'unmade', 'rejected') then 'rejected'
            when d.state = 'withdrawn' then 'withdrawn'
            when d.state in ('approved', 'sent') or d.state = 'failed' and d.decided_at is not null then 'approved'
            when d.state = 'failed' then 'rejected' end as decision) f
        left join lateral words_changed(v.body, d.body) w on f.decision = 'approved'
        on conflict do nothing;
        commit;
    end loop;
end $$;
-- +goose StatementEnd
