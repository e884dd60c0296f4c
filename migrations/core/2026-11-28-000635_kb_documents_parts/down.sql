DROP INDEX CONCURRENTLY public.kb_documents_parts_idx;
