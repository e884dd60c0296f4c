-- Which login is bound to which organizations is on record, whoever changes it.

SELECT gb_meta.audit_rows('gb_meta.access_logins'), gb_meta.audit_rows('gb_meta.access_organizations');
