-- JSON documents have a shape: a wrong one is refused with the path that is wrong, as `attachments[2].size: must be a number`.
--
-- The shapes are those of gbtui/domain/documents.py, which a test holds equal to these. They are as open as the platform's
-- documents leave them: a field that is not named may hold anything. Only what is written from now on is checked, so rows
-- that are there stay as they are until their document is written again.
--
-- Locks: SHARE ROW EXCLUSIVE on each of these tables for a moment.

CREATE FUNCTION gb_meta.shape_problem(document jsonb, shape jsonb, path text) RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
AS $$
-- What is wrong first, with its path and nothing of what stands there; null for a document that fits.
DECLARE
    kind  text := jsonb_typeof(document);
    words constant jsonb := '{"object": "an object", "array": "a list", "string": "a text", "number": "a number",
        "integer": "a whole number", "boolean": "true or false"}';
    found text;
    deep  text;
    each  record;
BEGIN
    IF shape ? 'anyOf' THEN
        FOR each IN SELECT e.value FROM jsonb_array_elements(shape -> 'anyOf') e LOOP
            found := gb_meta.shape_problem(document, each.value, path);
            IF found IS NULL THEN
                RETURN NULL;
            END IF;
            -- The choice that comes nearest tells the most: one whose kind is right.
            IF (each.value ->> 'type') = kind OR (kind = 'number' AND (each.value ->> 'type') = 'integer') THEN
                deep := coalesce(deep, found);
            END IF;
        END LOOP;
        RETURN coalesce(deep, path || ': must be ' || (
            SELECT string_agg(coalesce(words ->> (e.value ->> 'type'), 'one of several'), ' or ')
            FROM jsonb_array_elements(shape -> 'anyOf') e WHERE e.value ->> 'type' IS DISTINCT FROM 'null'));
    END IF;
    IF shape ? 'type' AND NOT (shape ->> 'type' = kind OR (shape ->> 'type' = 'integer' AND kind = 'number'
            AND (document #>> '{}')::numeric % 1 = 0)) THEN
        RETURN path || ': must be ' || coalesce(words ->> (shape ->> 'type'), shape ->> 'type');
    END IF;
    IF kind = 'string' AND length(document #>> '{}') > (shape ->> 'maxLength')::int THEN
        RETURN format('%s: must have at most %s characters', path, shape ->> 'maxLength');
    END IF;
    IF kind = 'number' AND (document #>> '{}')::numeric < (shape ->> 'minimum')::numeric THEN
        RETURN format('%s: must be at least %s', path, shape ->> 'minimum');
    END IF;
    IF kind = 'object' THEN
        SELECT format('%s.%s: is missing', path, r.name) INTO found
        FROM jsonb_array_elements_text(coalesce(shape -> 'required', '[]')) r (name)
        WHERE NOT document ? r.name LIMIT 1;
        IF found IS NOT NULL THEN
            RETURN found;
        END IF;
        FOR each IN SELECT p.key, p.value FROM jsonb_each(coalesce(shape -> 'properties', '{}')) p WHERE document ? p.key LOOP
            found := gb_meta.shape_problem(document -> each.key, each.value, path || '.' || each.key);
            IF found IS NOT NULL THEN
                RETURN found;
            END IF;
        END LOOP;
    ELSIF kind = 'array' AND shape ? 'items' THEN
        FOR each IN SELECT e.value, e.place - 1 AS place FROM jsonb_array_elements(document) WITH ORDINALITY e (value, place)
        LOOP
            found := gb_meta.shape_problem(each.value, shape -> 'items', format('%s[%s]', path, each.place));
            IF found IS NOT NULL THEN
                RETURN found;
            END IF;
        END LOOP;
    END IF;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION gb_meta.shape_problem(jsonb, jsonb, text) IS
    'What in a document does not fit a shape (a part of JSON Schema), with its path; null: it fits';

CREATE FUNCTION gb_meta.check_shape() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
-- Arguments: the column, and its shape.
DECLARE
    problem text := gb_meta.shape_problem(to_jsonb(NEW) -> TG_ARGV[0], TG_ARGV[1]::jsonb, TG_ARGV[0]);
BEGIN
    IF problem IS NOT NULL THEN
        RAISE EXCEPTION '%', problem USING ERRCODE = 'check_violation', SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME,
            COLUMN = TG_ARGV[0], CONSTRAINT = TG_NAME;
    END IF;
    RETURN NEW;
END
$$;
COMMENT ON FUNCTION gb_meta.check_shape() IS 'Trigger: refuses a document that does not have its column''s shape';
REVOKE ALL ON FUNCTION gb_meta.check_shape() FROM PUBLIC;

CREATE TRIGGER preferences_shape BEFORE INSERT OR UPDATE OF preferences ON public.user_preferences
    FOR EACH ROW WHEN (NEW.preferences <> '{}') EXECUTE FUNCTION gb_meta.check_shape('preferences',
        '{"type": "object", "properties": {"language": {"anyOf": [{"type": "string", "maxLength": 35}, {"type": "null"}]}, "timezone": {"anyOf": [{"type": "string", "maxLength": 100}, {"type": "null"}]}, "theme": {"anyOf": [{"type": "string", "maxLength": 100}, {"type": "null"}]}}}');

CREATE TRIGGER metadata_shape BEFORE INSERT OR UPDATE OF metadata ON public.kb_collections
    FOR EACH ROW WHEN (NEW.metadata <> '{}') EXECUTE FUNCTION gb_meta.check_shape('metadata',
        '{"type": "object", "properties": {"documents": {"anyOf": [{"type": "integer", "minimum": 0}, {"type": "null"}]}, "bytes": {"anyOf": [{"type": "integer", "minimum": 0}, {"type": "null"}]}, "default": {"anyOf": [{"type": "boolean"}, {"type": "null"}]}}}');

CREATE TRIGGER metadata_shape BEFORE INSERT OR UPDATE OF metadata ON public.kb_documents
    FOR EACH ROW WHEN (NEW.metadata <> '{}') EXECUTE FUNCTION gb_meta.check_shape('metadata',
        '{"type": "object", "properties": {"source": {"anyOf": [{"type": "string", "maxLength": 4000}, {"type": "null"}]}, "mime_type": {"anyOf": [{"type": "string", "maxLength": 255}, {"type": "null"}]}, "pages": {"anyOf": [{"type": "integer", "minimum": 0}, {"type": "null"}]}, "bytes": {"anyOf": [{"type": "integer", "minimum": 0}, {"type": "null"}]}}}');

CREATE TRIGGER parameters_shape BEFORE INSERT OR UPDATE OF parameters ON public.basic_tools
    FOR EACH ROW WHEN (NEW.parameters <> '{}') EXECUTE FUNCTION gb_meta.check_shape('parameters',
        '{"anyOf": [{"type": "array", "items": {"anyOf": [{"type": "string", "maxLength": 255}, {"type": "object", "properties": {"name": {"type": "string", "maxLength": 255}, "type": {"anyOf": [{"type": "string", "maxLength": 100}, {"type": "null"}]}, "description": {"anyOf": [{"type": "string", "maxLength": 10000}, {"type": "null"}]}, "required": {"anyOf": [{"type": "boolean"}, {"type": "null"}]}}, "required": ["name"]}]}}, {"type": "object"}]}');

CREATE TRIGGER metadata_shape BEFORE INSERT OR UPDATE OF metadata ON public.basic_tools
    FOR EACH ROW WHEN (NEW.metadata <> '{}') EXECUTE FUNCTION gb_meta.check_shape('metadata',
        '{"type": "object", "properties": {"default": {"anyOf": [{"type": "boolean"}, {"type": "null"}]}}}');

CREATE TRIGGER attachments_shape BEFORE INSERT OR UPDATE OF attachments ON public.email_drafts
    FOR EACH ROW WHEN (NEW.attachments <> '[]') EXECUTE FUNCTION gb_meta.check_shape('attachments',
        '{"type": "array", "items": {"type": "object", "properties": {"name": {"anyOf": [{"type": "string", "maxLength": 1000}, {"type": "null"}]}, "size": {"anyOf": [{"type": "number", "minimum": 0}, {"type": "null"}]}, "content_type": {"anyOf": [{"type": "string", "maxLength": 255}, {"type": "null"}]}, "url": {"anyOf": [{"type": "string", "maxLength": 4000}, {"type": "null"}]}}}}');
