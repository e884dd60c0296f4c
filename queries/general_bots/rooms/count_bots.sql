-- purpose: how many bots there are, counted to 1001: of what $1 names
-- privilege: none
-- cost: at most 1001 entries of the index on (org_id, id)
SELECT count(*)::integer AS rows FROM (SELECT FROM public.bots t WHERE true /*where*/ LIMIT 1001) bounded
-- where: org
AND t.org_id = $1::uuid
