-- Removes collections, documents, their use by sessions and the indexing jobs, with all their rows.

DROP TABLE public.kb_index_jobs;
DROP TABLE public.user_kb_associations;
DROP TABLE public.kb_documents;
DROP TABLE public.kb_collections;
