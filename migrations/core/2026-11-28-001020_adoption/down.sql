DROP FUNCTION gb_meta.adopt_undo(regclass);
DROP FUNCTION gb_meta.adopt_swap(regclass, timestamptz, date);
DROP FUNCTION gb_meta.access_of(regclass);
DROP FUNCTION gb_meta.adopt_access(regclass, regclass);
DROP FUNCTION gb_meta.adopt_parent(regclass);
