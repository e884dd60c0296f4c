-- purpose: forget an earlier login of the name $2, which is $1 now
-- privilege: owner of gb_meta
-- cost: one row
DELETE FROM gb_meta.access_logins WHERE login = $2::text AND login_oid <> $1::oid
