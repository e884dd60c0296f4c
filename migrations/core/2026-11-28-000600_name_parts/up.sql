-- What look-ups by a part of a name go by: public.name_parts(), indexed by GIN in the migrations that follow.
--
-- The parts of a name are its runs of three characters, in lower case, and its beginnings of one, two and three behind a
-- "^". They are what pg_trgm would make of it, and more: no extension is needed, so that every server finds the same;
-- signs count ("a@b", "order-7"), and so do letters that a database with the locale C does not know for letters, such
-- as 東京. It lies in public because who may read the tables must be able to call it.
--
-- Each index stands in a migration of its own, built CONCURRENTLY; fastupdate is off because a look-up would have to
-- read through all that an import left pending. With each name written they cost about 0.1 ms.

CREATE FUNCTION public.name_parts(name text) RETURNS text[]
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE COST 1000
AS $$
DECLARE
    word  text := lower("left"(name, 255));
    parts text[] := ARRAY['^' || "left"(word, 1), '^' || "left"(word, 2), '^' || "left"(word, 3)];
BEGIN
    FOR n IN 1 .. length(word) - 2 LOOP
        parts[n + 3] := substr(word, n, 3);
    END LOOP;
    RETURN parts;
END
$$;
COMMENT ON FUNCTION public.name_parts(text) IS
    'The runs of three characters in the first 255 of a name, and its beginnings behind "^": what look-ups by a part go by';
