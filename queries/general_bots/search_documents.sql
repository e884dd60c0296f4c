-- purpose: documents with ids behind $2 and up to $3 (null: all) that the query $4 finds in the words of language $5, at most $1, ranked, each match between s$6 and e$6
-- privilege: none
-- cost: with an index of the search for $5 its matches; without one the words of every document in between, 30 ms a megabyte, so the caller keeps the ids close; then for each of $1 documents its words again
SELECT f.id, f.collection_id, f.bot_id, f.org_id, f.name, f.updated_at, f.indexed, char_length(f.content) AS length,
       (SELECT left(o.slug, 200) FROM public.organizations o WHERE o.org_id = f.org_id) AS organization,
       (SELECT left(b.name, 200) FROM public.bots b WHERE b.id = f.bot_id) AS bot,
       (SELECT left(k.name, 200) FROM public.kb_collections k WHERE k.id = f.collection_id) AS collection,
       ts_rank_cd(setweight(to_tsvector($5::regconfig, translate(f.name, '!"#$%&''()*+,-./:;<=>?@[\]^_`{|}~¡¿«»“”„‘’‚‹›…–—·•、。，！？：；（）「」『』【】《》〈〉', '                                                                    ')), 'A')
                  || to_tsvector($5::regconfig, f.words), to_tsquery($5::regconfig, $4::text), 33) AS rank,
       p.start, substr(f.content, p.start, 600) AS text, substr(h.marked, p.start, 1200) AS marked
FROM (SELECT d.id, d.collection_id, d.bot_id, d.org_id, d.name, d.updated_at, d.indexed, d.content,
             translate(left(d.content, 100000), '!"#$%&''()*+,-./:;<=>?@[\]^_`{|}~¡¿«»“”„‘’‚‹›…–—·•、。，！？：；（）「」『』【】《》〈〉', '                                                                    ') AS words
      FROM public.kb_documents d
      WHERE d.id > $2::text AND ($3::text IS NULL OR d.id <= $3::text)
      AND (setweight(to_tsvector($5::regconfig, translate(d.name, '!"#$%&''()*+,-./:;<=>?@[\]^_`{|}~¡¿«»“”„‘’‚‹›…–—·•、。，！？：；（）「」『』【】《》〈〉', '                                                                    ')), 'A') || to_tsvector($5::regconfig, translate(left(d.content, 100000), '!"#$%&''()*+,-./:;<=>?@[\]^_`{|}~¡¿«»“”„‘’‚‹›…–—·•、。，！？：；（）「」『』【】《》〈〉', '                                                                    ')))
          @@ to_tsquery($5::regconfig, $4::text)
      /*where*/
      ORDER BY d.id LIMIT $1) f
CROSS JOIN LATERAL (SELECT ts_headline($5::regconfig, f.words, to_tsquery($5::regconfig, $4::text),
                                       'HighlightAll=true, StartSel=s' || $6::text || ', StopSel=e' || $6::text) AS marked) h
CROSS JOIN LATERAL (SELECT greatest(strpos(h.marked, 's' || $6::text) - 100, 1) AS start) p
ORDER BY f.id
-- where: org
AND d.org_id = $7::uuid
-- where: bot
AND d.bot_id = $8::uuid
