-- purpose: of the sessions by last activity behind ($2, $3) those whose bot, user or organization is called so ($4, $5, $6: patterns, null: any)
-- privilege: none
-- cost: $1 entries of the index on (updated_at, id), with an organization ($7) of its own, their rows, and the names by primary keys
--
-- The last of the sessions looked through comes too, found or not (`found`): the next page begins behind it.
SELECT n.id, n.at, n.found
FROM (
    SELECT w.id, w.updated_at AS at, row_number() OVER (ORDER BY w.updated_at, w.id) = 1 AS last,
           (($4::text IS NULL OR (SELECT b.name FROM public.bots b WHERE b.id = w.bot_id) ILIKE $4)
           AND ($5::text IS NULL OR (SELECT u.username FROM public.users u WHERE u.id = w.user_id) ILIKE $5)
           AND ($6::text IS NULL OR (SELECT o.slug FROM public.organizations o WHERE o.org_id = w.org_id) ILIKE $6)) IS TRUE AS found
    FROM (SELECT s.id, s.updated_at, s.bot_id, s.user_id, s.org_id
          FROM public.user_sessions s
          WHERE (s.updated_at, s.id) < ($2::timestamptz, $3::uuid) /*where*/
          ORDER BY s.updated_at DESC, s.id DESC
          LIMIT $1) w) n
WHERE n.found OR n.last
ORDER BY n.at DESC, n.id DESC
-- where: org
AND s.org_id = ($7::uuid[])[1]
