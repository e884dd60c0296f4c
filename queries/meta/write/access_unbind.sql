-- purpose: forget what a login ($1 number, $2 name) was granted
-- privilege: owner of gb_meta
-- cost: a few rows
DELETE FROM gb_meta.access_logins WHERE login_oid = $1::oid OR login = $2::text
