-- purpose: one document ($1) with the start of its text, 20,000 characters
-- privilege: none
-- cost: one row by its primary key
SELECT d.id, d.name, left(d.content, 20000) AS content, char_length(d.content) AS length, d.metadata::text AS metadata,
       d.indexed, d.created_at, d.updated_at
FROM public.kb_documents d
WHERE d.id = $1::text
/*where*/
-- where: org
AND d.org_id = $2::uuid
