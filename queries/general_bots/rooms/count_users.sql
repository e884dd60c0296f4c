-- purpose: how many users are seen in an organization ($1: members, or with sessions there), counted to 1001
-- privilege: none
-- cost: at most 1001 steps through the index on (org_id, user_id, …) and entries of the members' key
WITH RECURSIVE talking AS (
    (SELECT s.user_id, 1 AS number FROM public.user_sessions s
     WHERE s.org_id = $1::uuid AND s.user_id IS NOT NULL ORDER BY s.user_id LIMIT 1)
    UNION ALL
    SELECT (SELECT s.user_id FROM public.user_sessions s
            WHERE s.org_id = $1::uuid AND s.user_id > t.user_id ORDER BY s.user_id LIMIT 1), t.number + 1
    FROM talking t
    WHERE t.user_id IS NOT NULL AND t.number < 1001
)
SELECT least(count(*), 1001)::integer AS rows
FROM (SELECT t.user_id FROM talking t WHERE t.user_id IS NOT NULL
      UNION
      (SELECT m.user_id FROM public.organization_members m WHERE m.org_id = $1::uuid LIMIT 1001)) seen
