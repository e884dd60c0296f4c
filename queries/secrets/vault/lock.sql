-- purpose: whether this session alone seals anew now; until it ends no other one does
-- privilege: none
-- cost: nothing is waited for
SELECT pg_catalog.pg_try_advisory_lock(pg_catalog.hashtextextended('gbtui.vault.reencrypt', 0)) AS alone
