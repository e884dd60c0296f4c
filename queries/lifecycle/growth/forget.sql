-- purpose: delete samples of hours before $1 and of days before $2
-- privilege: none
-- cost: the rows that go, by key
DELETE FROM gb_meta.size_history h
WHERE (h.grain = 'hour' AND h.at < $1::timestamptz) OR (h.grain = 'day' AND h.at < $2::timestamptz)
