-- Documents by the beginning of their name.
CREATE INDEX CONCURRENTLY kb_documents_lower_name_idx ON public.kb_documents (lower(name) COLLATE "C");
