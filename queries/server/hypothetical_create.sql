-- purpose: an index that is not there, for the planner of this session alone, by its CREATE INDEX $1
-- privilege: none
-- cost: nothing is built; needs the extension hypopg
-- needs: hypopg
SELECT h.indexname::text AS name FROM /*schema*/hypopg_create_index($1::text) h
