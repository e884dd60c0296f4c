-- Takes back grants and policies, the bindings of logins and the redacting views. Roles stay: they are the server's.

SELECT gb_meta.withdraw_access();
DROP VIEW gb_redacted.user_email_accounts;
DROP VIEW gb_redacted.user_sessions;
DROP VIEW gb_redacted.user_login_tokens;
DROP VIEW gb_redacted.users;
DROP SCHEMA gb_redacted;
DROP FUNCTION gb_meta.withdraw_access();
DROP FUNCTION gb_meta.withdraw_from(regclass);
DROP FUNCTION gb_meta.apply_access();
DROP FUNCTION gb_meta.apply_grants(regclass, text, text);
DROP FUNCTION gb_meta.apply_policies(regclass, text);
DROP FUNCTION gb_meta.access_kept();
DROP FUNCTION gb_meta.access_policies(text);
DROP FUNCTION gb_meta.make_partitions(integer);
DROP FUNCTION gb_meta.user_by_login(text);
DROP FUNCTION gb_meta.my_access();
DROP FUNCTION gb_meta.my_orgs();
DROP FUNCTION gb_meta.sees_all();
DROP TABLE gb_meta.access_functions;
DROP TABLE gb_meta.access_secrets;
DROP TABLE gb_meta.access_tables;
DROP TABLE gb_meta.access_organizations;
DROP TABLE gb_meta.access_logins;
