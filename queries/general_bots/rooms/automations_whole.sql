-- purpose: the script of one automation ($1), its first $2 characters
-- privilege: none
-- cost: one row by its primary key
SELECT left(a.script, $2) AS script, char_length(a.script) > $2 AS cut
FROM public.system_automations a
WHERE a.id = $1::uuid
