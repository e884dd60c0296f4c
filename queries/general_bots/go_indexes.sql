-- purpose: whether look-ups by a part of a name have their function and all their indexes
-- privilege: none
-- cost: reads pg_class and pg_index by name
SELECT to_regprocedure('public.name_parts(text)') IS NOT NULL
   AND (SELECT count(*) FROM unnest($1::text[]) n (name)
        JOIN pg_class c ON c.relname = n.name AND c.relnamespace = to_regnamespace('public')
        JOIN pg_index i ON i.indexrelid = c.oid AND i.indisvalid) = cardinality($1::text[]) AS whole
