-- purpose: keep a sample of grain $1 (hour, day) for the time $2: kinds $3, names $4, bytes $5, rows $6; of one time the first stays
-- privilege: none
-- cost: one row of a few kilobytes
INSERT INTO gb_meta.size_history (grain, at, kinds, names, bytes, rows)
VALUES ($1::text, date_trunc($1::text, $2::timestamptz, 'UTC'), $3::text[], $4::text[], $5::bigint[], $6::bigint[])
ON CONFLICT (grain, at) DO NOTHING
