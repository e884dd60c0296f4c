-- purpose: messages for each of $1 agents; fails with 0
-- privilege: none
-- cost: nothing; it is there to fail
SELECT 100 / $1::int AS share
