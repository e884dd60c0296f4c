-- purpose: keep kind $2 for $3 days (null: for ever), of organization $1 (null: the default); the days before
-- privilege: owner of gb_meta.retention_policies
-- cost: one row
WITH before AS (
    SELECT p.keep_days FROM gb_meta.retention_policies p
    WHERE p.kind = $2::text AND p.org_id IS NOT DISTINCT FROM $1::uuid
), written AS (
    INSERT INTO gb_meta.retention_policies AS p (org_id, kind, keep_days) VALUES ($1::uuid, $2::text, $3::integer)
    ON CONFLICT (org_id, kind) DO UPDATE SET keep_days = excluded.keep_days, actor = session_user, updated_at = now()
    RETURNING p.id
)
SELECT w.id, EXISTS (SELECT FROM before) AS there, (SELECT b.keep_days FROM before b) AS keep_days FROM written w
