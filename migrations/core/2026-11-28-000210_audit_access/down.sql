-- Takes these triggers back.

DROP TRIGGER audit_row ON gb_meta.access_logins;
DROP TRIGGER audit_row_update ON gb_meta.access_logins;
DROP TRIGGER audit_truncate ON gb_meta.access_logins;
DROP TRIGGER audit_row ON gb_meta.access_organizations;
DROP TRIGGER audit_row_update ON gb_meta.access_organizations;
DROP TRIGGER audit_truncate ON gb_meta.access_organizations;
