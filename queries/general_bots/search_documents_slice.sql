-- purpose: where a slice of at most $1 documents ends that begins behind the id $2, and how many it holds
-- privilege: none
-- cost: $1 entries of one index
SELECT e.id, e.documents
FROM (SELECT x.id, row_number() OVER (ORDER BY x.id) AS documents
      FROM (SELECT d.id FROM public.kb_documents d
            WHERE d.id > $2::text
            /*where*/
            ORDER BY d.id LIMIT $1) x) e
ORDER BY e.documents DESC LIMIT 1
-- where: org
AND d.org_id = $3::uuid
-- where: bot
AND d.bot_id = $4::uuid
