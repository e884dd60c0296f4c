-- purpose: whether this login sees the rows of all organizations, although row-level security is asked for each
-- privilege: EXECUTE on gb_meta.sees_all()
-- cost: one look-up by key
SELECT gb_meta.sees_all() AS all
