-- purpose: of the audit records before ($2 time, $3 id) and from $4 on, the newest $5: those whose names hold these texts, $1 at most
-- privilege: SELECT ON TABLE gb_meta.audit_log
-- cost: $5 entries of the index on (created_at, id) or of the one on the organization, login or object; names by key
--
-- $6 login, $7 action, $8 table, $9 object, $10 person; null: any. Where one is known exactly, its index is read instead.
-- The first columns say how many records were looked through and where they end, also where none fits.
WITH stretch AS MATERIALIZED (
    SELECT m.id, m.created_at, m.org_id, m.action, m.object_table, m.object_id, m.actor, m.os_user, m.application_name,
           m.client_addr, left(m.reason, 500) AS reason, m.tx,
           CASE WHEN pg_column_size(m.detail) <= 2000 THEN m.detail ELSE '{}' END AS detail,
           m.detail -> 'changed' AS changed
    FROM gb_meta.audit_log m
    WHERE (m.created_at, m.id) < ($2::timestamptz, $3::uuid) AND m.created_at >= $4::timestamptz
    /*where*/
    ORDER BY m.created_at DESC, m.id DESC LIMIT $5
)
SELECT e.looked, e.last_at, e.last_id, r.*
FROM (SELECT count(*)::integer AS looked, min(s.created_at) AS last_at,
             (SELECT l.id FROM stretch l ORDER BY l.created_at, l.id LIMIT 1) AS last_id
      FROM stretch s) e
LEFT JOIN (
    SELECT s.created_at AS at, s.actor, s.action, coalesce(s.object_table, '') AS "table",
           coalesce(s.object_id, '') AS object,
           coalesce((SELECT array_agg(c) FROM jsonb_array_elements_text(
               CASE WHEN jsonb_typeof(s.changed) = 'array' THEN s.changed ELSE '[]' END) c), '{}') AS changed,
           coalesce((SELECT o.slug FROM public.organizations o WHERE o.org_id = s.org_id), '') AS org,
           coalesce(s.os_user, '') AS person, coalesce(host(s.client_addr), '') AS client,
           s.application_name AS application, coalesce(s.reason, '') AS reason, s.detail::text AS detail, s.org_id, s.id,
           s.tx::text AS tx
    FROM stretch s
    WHERE ($6::text IS NULL OR strpos(lower(s.actor), lower($6)) > 0)
      AND ($7::text IS NULL OR strpos(lower(s.action), lower($7)) > 0)
      AND ($8::text IS NULL OR strpos(lower(s.object_table), lower($8)) > 0)
      AND ($9::text IS NULL OR strpos(lower(s.object_id), lower($9)) > 0)
      AND ($10::text IS NULL OR strpos(lower(s.os_user), lower($10)) > 0)
    ORDER BY s.created_at DESC, s.id DESC LIMIT $1
) r ON true
ORDER BY r.at DESC, r.id DESC
-- where: actor
AND m.actor = $6
-- where: object
AND m.object_id = $9
-- where: org
AND m.org_id = $11::uuid
