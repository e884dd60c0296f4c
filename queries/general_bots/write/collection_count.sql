-- purpose: count $2 documents and $3 bytes more (or less) in the metadata of collection $1
-- privilege: none
-- cost: one row, locked: uploads to one collection take turns from here to their end
UPDATE public.kb_collections c
SET metadata = c.metadata || jsonb_build_object(
        'documents', coalesce((c.metadata ->> 'documents')::bigint, 0) + $2::bigint,
        'bytes', coalesce((c.metadata ->> 'bytes')::bigint, 0) + $3::bigint,
        'changed_at', to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')),
    updated_at = now()
WHERE c.id = $1::text
