-- purpose: one tool ($1) with its parameters, script and metadata, $2 characters of each
-- privilege: none
-- cost: one row by its primary key
SELECT left(t.description, $2) AS description, left(jsonb_pretty(t.parameters), $2) AS signature,
       left(t.script, $2) AS script, left(jsonb_pretty(t.metadata), $2) AS metadata,
       greatest(char_length(t.script), char_length(jsonb_pretty(t.parameters))) > $2 AS cut
FROM public.basic_tools t
WHERE t.id = $1::text
