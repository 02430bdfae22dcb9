-- PostgreSQL writes a function in SQL into each statement that a check is looked at in, and
-- makes it ready anew every time: that was two thirds of the work of writing a persona. In
-- PL/pgSQL they say the same and are made ready once for a connection.

-- +goose Up

-- +goose StatementBegin
create or replace function persona_text(value text, max_characters integer) returns boolean
    language plpgsql immutable parallel safe as $$
begin
    return value is null
        or (char_length(value) between 1 and max_characters
            and value = btrim(value, E' \t\n')
            and value !~ '[\u0001-\u0008\u000b-\u001f\u007f-\u009f]');
end $$;
-- +goose StatementEnd

-- The schema is named, as the one who reads a dump in has none.
-- +goose StatementBegin
create or replace function persona_variants(value jsonb) returns boolean
    language plpgsql immutable parallel safe as $$
begin
    return case when value is null then true when jsonb_typeof(value) <> 'object' then false else (
        select count(*) between 1 and 20 and bool_and(
            l.key ~ '^[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?$'
            and case when jsonb_typeof(l.value) <> 'object' then false else (
                select count(*) > 0 and bool_and(jsonb_typeof(w.value) = 'string' and case w.key
                    when 'greeting' then public.persona_text(w.value #>> '{}', 500)
                    when 'smsGreeting' then public.persona_text(w.value #>> '{}', 320)
                    when 'signature' then public.persona_text(w.value #>> '{}', 2000)
                    else false end)
                from jsonb_each(l.value) w) end)
        from jsonb_each(value) l) end;
end $$;
-- +goose StatementEnd
