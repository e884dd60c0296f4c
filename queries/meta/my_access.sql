-- purpose: whether this login is bound to organizations, and to which
-- privilege: EXECUTE on gb_meta.my_access
-- cost: a few rows by their keys
SELECT m.bound, m.stale, m.org_ids, m.slugs FROM gb_meta.my_access() AS m
