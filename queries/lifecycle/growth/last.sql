-- purpose: the newest sample before $1
-- privilege: none
-- cost: one row by key
SELECT h.kinds, h.names, h.bytes
FROM gb_meta.size_history h
WHERE h.grain = 'hour' AND h.at < $1::timestamptz
ORDER BY h.at DESC
LIMIT 1
