-- purpose: one value of bot_memories by its id ($1), its first $2 characters; what looks like a secret stays on the server
-- privilege: none
-- cost: one row by its primary key
SELECT CASE WHEN r.secret THEN '' ELSE left(r.value, $2) END AS value, NOT r.secret AND char_length(r.value) > $2 AS cut, r.secret
FROM (SELECT c.value,
             c.key ~* '(token|passw|pwd|secret|key|credential|private)' OR c.value ~ '://[^/@\s]*:[^/@\s]+@|-----BEGIN' AS secret
      FROM public.bot_memories c
      WHERE c.id = $1::uuid) r
