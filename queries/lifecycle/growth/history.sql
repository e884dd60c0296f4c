-- purpose: of each thing its sizes by the day since $1 and by the hour since $2
-- privilege: none
-- cost: so many rows of a few kilobytes each
SELECT
    t.kind,
    t.name,
    h.grain,
    array_agg(h.at ORDER BY h.at) AS times,
    array_agg(t.bytes ORDER BY h.at) AS bytes,
    (array_agg(t.rows ORDER BY h.at DESC))[1] AS rows
FROM gb_meta.size_history h
CROSS JOIN LATERAL unnest(h.kinds, h.names, h.bytes, h.rows) AS t (kind, name, bytes, rows)
WHERE (h.grain = 'day' AND h.at >= $1::timestamptz) OR (h.grain = 'hour' AND h.at >= $2::timestamptz)
GROUP BY t.kind, t.name, h.grain
