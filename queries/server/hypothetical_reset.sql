-- purpose: forgets all indexes that are not there
-- privilege: none
-- cost: nothing; needs the extension hypopg
-- needs: hypopg
SELECT /*schema*/hypopg_reset()
