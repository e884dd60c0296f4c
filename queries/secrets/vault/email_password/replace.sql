-- purpose: put sealed mail passwords $3 in the places $1 of those that read $2 still; the keys of the rows where it was so
-- privilege: none
-- cost: a row each, by key; one that somebody holds is left out, so nobody waits, neither here nor there
-- updated_at stays: for its user nothing has changed.
WITH new AS MATERIALIZED (
    SELECT n.id, n.old, n.sealed FROM unnest($1::uuid[], $2::text[], $3::text[]) AS n (id, old, sealed)
), held AS MATERIALIZED (
    SELECT a.id, n.sealed, n.old
    FROM public.user_email_accounts a JOIN new n ON n.id = a.id
    WHERE a.encrypted_password = n.old
    ORDER BY a.id
    FOR NO KEY UPDATE OF a SKIP LOCKED
)
UPDATE public.user_email_accounts a SET encrypted_password = h.sealed
FROM held h
WHERE a.id = h.id AND a.encrypted_password = h.old
RETURNING a.id::text AS key
