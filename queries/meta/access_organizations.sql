-- purpose: the organizations with these slugs or ids ($1)
-- privilege: SELECT on public.organizations
-- cost: look-ups by the slug's and the primary key
SELECT o.org_id, o.slug FROM public.organizations o
WHERE o.slug = ANY ($1::text[]) OR o.org_id = ANY (
    ARRAY(SELECT w.word::uuid FROM unnest($1::text[]) w (word) WHERE w.word ~* '^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$'))
ORDER BY o.slug
