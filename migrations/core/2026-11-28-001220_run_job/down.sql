-- Jobs are run by gbtui alone again. What pg_cron was told to call is not there any more: gbtui jobs schedule --remove.

DROP PROCEDURE gb_meta.run_job(text);
DROP FUNCTION gb_meta.revoke_expired(integer);
DROP FUNCTION gb_meta.job_lock(text);
