-- purpose: where a slice of at most $1 messages ends that begins before ($2 time, $3 id) and goes back to ($4, $5) at most, and how many it holds
-- privilege: none
-- cost: $1 entries of one index
SELECT e.created_at, e.id, e.messages
FROM (SELECT x.created_at, x.id, row_number() OVER (ORDER BY x.created_at DESC, x.id DESC) AS messages
      FROM (SELECT m.created_at, m.id
            FROM public.message_history m
            -- What compares the time alone says nothing new: it leaves out partitions.
            WHERE m.created_at <= $2::timestamptz AND (m.created_at, m.id) < ($2::timestamptz, $3::uuid)
            AND m.created_at >= $4::timestamptz AND (m.created_at, m.id) >= ($4::timestamptz, $5::uuid)
            /*where*/
            ORDER BY m.created_at DESC, m.id DESC LIMIT $1) x) e
ORDER BY e.messages DESC LIMIT 1
-- where: org
AND m.org_id = $6::uuid
-- where: bot
AND m.bot_id = $7::uuid
-- where: session
AND m.session_id = $7::uuid
