-- purpose: how many documents there are, counted to 1001: of what $1 names
-- privilege: none
-- cost: at most 1001 entries of the index on bot_id or collection_id
SELECT count(*)::integer AS rows
FROM (SELECT FROM public.kb_documents t WHERE true /*where*/ /*order*/ LIMIT 1001) bounded
-- where: bot
AND t.bot_id = $1::uuid
-- where: collection
AND t.collection_id = $1::text
-- order: bot
ORDER BY t.org_id
-- order: collection
ORDER BY t.id
