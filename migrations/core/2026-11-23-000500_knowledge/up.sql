-- Knowledge: collections, documents, which sessions use them, and the work of indexing.
--
-- Where the platform's documents leave a choice, or contradict each other:
-- * Keys here are TEXT, as the table list says, though the overview says that all keys are UUIDs. "id = collection
--   name" would let one bot take the name "faq" from all others, so ids default to a random UUID as text, callers may
--   give their own, and names are unique in a bot.
-- * A collection that holds documents cannot be deleted (RESTRICT); deleting the bot or organization removes both, as
--   documents also hang on their bot (CASCADE).
-- * The index "(collection_id, document_id)" names a column that does not exist; it is (collection_id, id).
-- * "Triggering the indexing job" is a row in kb_index_jobs, written with the document in one transaction.

CREATE TABLE public.kb_collections (
    id          text PRIMARY KEY DEFAULT gen_random_uuid()::text CHECK (length(id) BETWEEN 1 AND 255),
    bot_id      uuid NOT NULL,
    name        text NOT NULL CHECK (length(name) BETWEEN 1 AND 255),
    description text NOT NULL DEFAULT '' CHECK (length(description) <= 10000),
    metadata    jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(metadata) = 'object'),
    created_at  timestamptz NOT NULL DEFAULT now(),
    updated_at  timestamptz NOT NULL DEFAULT now(),
    org_id      uuid NOT NULL,
    UNIQUE (org_id, id),
    UNIQUE (bot_id, name),
    FOREIGN KEY (org_id, bot_id) REFERENCES public.bots (org_id, id) ON DELETE CASCADE
);
CREATE TRIGGER fill_org_id BEFORE INSERT ON public.kb_collections
    FOR EACH ROW WHEN (NEW.org_id IS NULL) EXECUTE FUNCTION gb_meta.fill_org_id('bot');
COMMENT ON TABLE public.kb_collections IS 'Collections of documents that a bot answers from';
COMMENT ON COLUMN public.kb_collections.id IS 'Primary key, text';
COMMENT ON COLUMN public.kb_collections.bot_id IS 'Bot that owns it';
COMMENT ON COLUMN public.kb_collections.name IS 'Name shown to people, unique in its bot';
COMMENT ON COLUMN public.kb_collections.description IS 'What it holds';
COMMENT ON COLUMN public.kb_collections.metadata IS 'More about it, a JSON object: documents and bytes counted at upload; "default": false keeps it out of new sessions';
COMMENT ON COLUMN public.kb_collections.created_at IS 'When it was created';
COMMENT ON COLUMN public.kb_collections.updated_at IS 'When it was last changed';
COMMENT ON COLUMN public.kb_collections.org_id IS 'Organization of the bot; filled when left out';

CREATE TABLE public.kb_documents (
    id            text PRIMARY KEY DEFAULT gen_random_uuid()::text CHECK (length(id) BETWEEN 1 AND 255),
    collection_id text NOT NULL,
    bot_id        uuid NOT NULL,
    name          text NOT NULL CHECK (length(name) BETWEEN 1 AND 1000),
    content       text NOT NULL CHECK (octet_length(content) <= 67108864),
    metadata      jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(metadata) = 'object'),
    embedding_id  text CHECK (length(embedding_id) <= 255),
    indexed       boolean NOT NULL DEFAULT false,
    created_at    timestamptz NOT NULL DEFAULT now(),
    updated_at    timestamptz NOT NULL DEFAULT now(),
    org_id        uuid NOT NULL,
    UNIQUE (org_id, id),
    FOREIGN KEY (org_id, collection_id) REFERENCES public.kb_collections (org_id, id) ON DELETE RESTRICT,
    FOREIGN KEY (org_id, bot_id) REFERENCES public.bots (org_id, id) ON DELETE CASCADE
);
CREATE INDEX kb_documents_collection_id_id_org_id_idx ON public.kb_documents (collection_id, id, org_id);
CREATE INDEX kb_documents_collection_id_indexed_idx ON public.kb_documents (collection_id, indexed);
CREATE INDEX kb_documents_bot_id_org_id_idx ON public.kb_documents (bot_id, org_id);
CREATE TRIGGER fill_org_id BEFORE INSERT ON public.kb_documents
    FOR EACH ROW WHEN (NEW.org_id IS NULL) EXECUTE FUNCTION gb_meta.fill_org_id('bot', 'collection');
COMMENT ON TABLE public.kb_documents IS 'Documents of a collection';
COMMENT ON COLUMN public.kb_documents.id IS 'Primary key, text';
COMMENT ON COLUMN public.kb_documents.collection_id IS 'Collection it belongs to; a collection with documents cannot be deleted';
COMMENT ON COLUMN public.kb_documents.bot_id IS 'Bot that owns it';
COMMENT ON COLUMN public.kb_documents.name IS 'Name of the document';
COMMENT ON COLUMN public.kb_documents.content IS 'Its text';
COMMENT ON COLUMN public.kb_documents.metadata IS 'More about it, a JSON object';
COMMENT ON COLUMN public.kb_documents.embedding_id IS 'Where its vectors are; null until it is indexed';
COMMENT ON COLUMN public.kb_documents.indexed IS 'Whether search finds it by meaning';
COMMENT ON COLUMN public.kb_documents.created_at IS 'When it was uploaded';
COMMENT ON COLUMN public.kb_documents.updated_at IS 'When it was last changed';
COMMENT ON COLUMN public.kb_documents.org_id IS 'Organization of the bot; filled when left out';

CREATE TABLE public.user_kb_associations (
    id            text PRIMARY KEY DEFAULT gen_random_uuid()::text CHECK (length(id) BETWEEN 1 AND 255),
    session_id    uuid NOT NULL,
    collection_id text NOT NULL,
    created_at    timestamptz NOT NULL DEFAULT now(),
    org_id        uuid NOT NULL,
    UNIQUE (org_id, id),
    UNIQUE (session_id, collection_id),
    FOREIGN KEY (org_id, session_id) REFERENCES public.user_sessions (org_id, id) ON DELETE CASCADE,
    FOREIGN KEY (org_id, collection_id) REFERENCES public.kb_collections (org_id, id) ON DELETE CASCADE
);
CREATE INDEX user_kb_associations_collection_id_org_id_idx ON public.user_kb_associations (collection_id, org_id);
CREATE TRIGGER fill_org_id BEFORE INSERT ON public.user_kb_associations
    FOR EACH ROW WHEN (NEW.org_id IS NULL) EXECUTE FUNCTION gb_meta.fill_org_id('session', 'collection');
COMMENT ON TABLE public.user_kb_associations IS 'Which collections a session answers from';
COMMENT ON COLUMN public.user_kb_associations.id IS 'Primary key, text';
COMMENT ON COLUMN public.user_kb_associations.session_id IS 'Session';
COMMENT ON COLUMN public.user_kb_associations.collection_id IS 'Collection, once a session';
COMMENT ON COLUMN public.user_kb_associations.created_at IS 'When it was activated';
COMMENT ON COLUMN public.user_kb_associations.org_id IS 'Organization of the session; filled when left out';

CREATE TABLE public.kb_index_jobs (
    id          uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    document_id text NOT NULL,
    state       text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'running', 'done', 'failed')),
    attempts    integer NOT NULL DEFAULT 0 CHECK (attempts >= 0),
    run_after   timestamptz NOT NULL DEFAULT now(),
    error       text CHECK (length(error) <= 10000),
    created_at  timestamptz NOT NULL DEFAULT now(),
    updated_at  timestamptz NOT NULL DEFAULT now(),
    org_id      uuid NOT NULL,
    UNIQUE (org_id, id),
    FOREIGN KEY (org_id, document_id) REFERENCES public.kb_documents (org_id, id) ON DELETE CASCADE
);
CREATE INDEX kb_index_jobs_document_id_idx ON public.kb_index_jobs (document_id);
CREATE INDEX kb_index_jobs_run_after_idx ON public.kb_index_jobs (run_after) WHERE state = 'waiting';
CREATE TRIGGER fill_org_id BEFORE INSERT ON public.kb_index_jobs
    FOR EACH ROW WHEN (NEW.org_id IS NULL) EXECUTE FUNCTION gb_meta.fill_org_id('document');
COMMENT ON TABLE public.kb_index_jobs IS 'Outbox: documents whose embeddings are to be made, after the upload has committed';
COMMENT ON COLUMN public.kb_index_jobs.id IS 'Primary key';
COMMENT ON COLUMN public.kb_index_jobs.document_id IS 'Document to index';
COMMENT ON COLUMN public.kb_index_jobs.state IS 'waiting, running, done or failed';
COMMENT ON COLUMN public.kb_index_jobs.attempts IS 'How often it was tried';
COMMENT ON COLUMN public.kb_index_jobs.run_after IS 'Not before this time';
COMMENT ON COLUMN public.kb_index_jobs.error IS 'Why the last attempt failed';
COMMENT ON COLUMN public.kb_index_jobs.created_at IS 'When the document was uploaded or changed';
COMMENT ON COLUMN public.kb_index_jobs.updated_at IS 'When the job last changed state';
COMMENT ON COLUMN public.kb_index_jobs.org_id IS 'Organization of the document; filled when left out';
