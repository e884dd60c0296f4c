-- purpose: what a user ($1) has chosen under one name ($2), its first $3 characters; what looks like a secret stays on the server
-- privilege: none
-- cost: one row by its unique key
SELECT CASE WHEN r.secret THEN '' ELSE left(r.value, $3) END AS value, NOT r.secret AND char_length(r.value) > $3 AS cut, r.secret
FROM (SELECT CASE jsonb_typeof(p.preferences -> $2::text)
                  WHEN 'string' THEN p.preferences ->> $2::text
                  ELSE jsonb_pretty(p.preferences -> $2::text) END AS value,
             $2::text ~* '(token|passw|pwd|secret|key|credential|private)' AS secret
      FROM public.user_preferences p
      WHERE p.user_id = $1::uuid AND p.preferences ? $2::text) r
