-- purpose: what a user ($3) has chosen, by name, behind the name $2; what looks like a secret stays on the server
-- privilege: none
-- cost: one row by its unique key
SELECT e.key, CASE WHEN e.secret THEN '' ELSE left(e.value, 200) END AS value, octet_length(e.value) AS length_bytes,
       e.secret, e.changed
FROM (SELECT j.key, j.value #>> '{}' AS value, j.key ~* '(token|passw|pwd|secret|key|credential|private)' AS secret,
             p.updated_at AS changed
      FROM public.user_preferences p CROSS JOIN LATERAL jsonb_each(p.preferences) j
      WHERE j.key > $2::text /*where*/) e
ORDER BY e.key
LIMIT $1
-- where: user
AND p.user_id = $3::uuid
