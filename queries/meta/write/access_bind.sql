-- purpose: give a login ($1 number, $2 name) the role $3 on record, bound ($4) to the organizations $5 or not at all
-- privilege: owner of gb_meta
-- cost: a few rows
WITH login AS (
    INSERT INTO gb_meta.access_logins AS a (login_oid, login, role, bound) VALUES ($1::oid, $2::text, $3::text, $4::boolean)
    ON CONFLICT (login_oid) DO UPDATE
        SET login = excluded.login, role = excluded.role, bound = excluded.bound, granted_by = session_user,
            granted_at = now()
    RETURNING a.login_oid
), kept AS (
    DELETE FROM gb_meta.access_organizations o WHERE o.login_oid = $1::oid AND o.org_id <> ALL ($5::uuid[])
)
INSERT INTO gb_meta.access_organizations (login_oid, org_id)
SELECT login.login_oid, given.org_id FROM login, unnest($5::uuid[]) given (org_id)
ON CONFLICT DO NOTHING
