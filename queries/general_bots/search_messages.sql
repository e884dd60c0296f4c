-- purpose: the newest messages from ($4 time, $5 id) to before ($2, $3) that the query $6 finds in the words of language $7, at most $1, ranked, each match between s$8 and e$8
-- privilege: none
-- cost: with an index of the search for $7 its matches; without one the words of every message in between, some 30 us each, so the caller keeps the places close; then for each of $1 messages its words again
SELECT f.id, f.session_id, f.bot_id, f.org_id, f.sender, f.created_at, char_length(f.message) AS length,
       (SELECT left(o.slug, 200) FROM public.organizations o WHERE o.org_id = f.org_id) AS organization,
       (SELECT left(b.name, 200) FROM public.bots b WHERE b.id = f.bot_id) AS bot,
       coalesce((SELECT left(u.username, 200) FROM public.users u WHERE u.id = f.user_id), '') AS "user",
       ts_rank_cd(to_tsvector($7::regconfig, f.words), to_tsquery($7::regconfig, $6::text), 33) AS rank,
       p.start, substr(f.message, p.start, 600) AS text, substr(h.marked, p.start, 1200) AS marked
FROM (SELECT m.id, m.session_id, m.user_id, m.bot_id, m.org_id, m.sender, m.created_at, m.message,
             translate(left(m.message, 100000), '!"#$%&''()*+,-./:;<=>?@[\]^_`{|}~¡¿«»“”„‘’‚‹›…–—·•、。，！？：；（）「」『』【】《》〈〉', '                                                                    ') AS words
      FROM public.message_history m
      -- What compares the time alone says nothing new: it leaves out partitions.
      WHERE m.created_at <= $2::timestamptz AND (m.created_at, m.id) < ($2::timestamptz, $3::uuid)
      AND m.created_at >= $4::timestamptz AND (m.created_at, m.id) >= ($4::timestamptz, $5::uuid)
      AND to_tsvector($7::regconfig, translate(left(m.message, 100000), '!"#$%&''()*+,-./:;<=>?@[\]^_`{|}~¡¿«»“”„‘’‚‹›…–—·•、。，！？：；（）「」『』【】《》〈〉', '                                                                    ')) @@ to_tsquery($7::regconfig, $6::text)
      /*where*/
      ORDER BY m.created_at DESC, m.id DESC LIMIT $1) f
CROSS JOIN LATERAL (SELECT ts_headline($7::regconfig, f.words, to_tsquery($7::regconfig, $6::text),
                                       'HighlightAll=true, StartSel=s' || $8::text || ', StopSel=e' || $8::text) AS marked) h
CROSS JOIN LATERAL (SELECT greatest(strpos(h.marked, 's' || $8::text) - 100, 1) AS start) p
ORDER BY f.created_at DESC, f.id DESC
-- where: org
AND m.org_id = $9::uuid
-- where: bot
AND m.bot_id = $10::uuid
-- where: session
AND m.session_id = $10::uuid
