-- purpose: what language $1 makes of the query $2: how many signs, and which part of it an index can look up ("T": none)
-- privilege: none
-- cost: none to speak of
SELECT numnode(to_tsquery($1::regconfig, $2::text)) AS nodes, querytree(to_tsquery($1::regconfig, $2::text)) AS indexable
