-- Mail: accounts, drafts, folders and the messages in folders. All hang on users alone and carry no org_id.
--
-- Where the platform's documents leave a choice, or contradict each other:
-- * Drafts survive the deletion of their account (account_id becomes null), though one document draws them under it;
--   they die with their user.
-- * folder_messages is named in one document only, without columns: it holds what a folder list shows, and no body.
-- * A folder's parent is a folder of the same account; deleting it deletes the folders inside.

CREATE TABLE public.user_email_accounts (
    id                 uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id            uuid NOT NULL REFERENCES public.users (id) ON DELETE CASCADE,
    email_address      text NOT NULL CHECK (email_address ~ '^[^@\s]+@[^@\s]+$' AND length(email_address) <= 320),
    imap_server        text NOT NULL CHECK (length(imap_server) BETWEEN 1 AND 255),
    imap_port          integer NOT NULL DEFAULT 993 CHECK (imap_port BETWEEN 1 AND 65535),
    smtp_server        text NOT NULL CHECK (length(smtp_server) BETWEEN 1 AND 255),
    smtp_port          integer NOT NULL DEFAULT 587 CHECK (smtp_port BETWEEN 1 AND 65535),
    encrypted_password text NOT NULL CHECK (length(encrypted_password) BETWEEN 1 AND 10000),
    active             boolean NOT NULL DEFAULT true,
    created_at         timestamptz NOT NULL DEFAULT now(),
    updated_at         timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX user_email_accounts_user_id_idx ON public.user_email_accounts (user_id);
COMMENT ON TABLE public.user_email_accounts IS 'Mail accounts that users have connected';
COMMENT ON COLUMN public.user_email_accounts.id IS 'Primary key';
COMMENT ON COLUMN public.user_email_accounts.user_id IS 'User who connected it';
COMMENT ON COLUMN public.user_email_accounts.email_address IS 'Address';
COMMENT ON COLUMN public.user_email_accounts.imap_server IS 'Server to read from';
COMMENT ON COLUMN public.user_email_accounts.imap_port IS 'Its port, 1 to 65535';
COMMENT ON COLUMN public.user_email_accounts.smtp_server IS 'Server to send by';
COMMENT ON COLUMN public.user_email_accounts.smtp_port IS 'Its port, 1 to 65535';
COMMENT ON COLUMN public.user_email_accounts.encrypted_password IS 'Password, encrypted with AES-GCM';
COMMENT ON COLUMN public.user_email_accounts.active IS 'Whether it is synchronized';
COMMENT ON COLUMN public.user_email_accounts.created_at IS 'When it was connected';
COMMENT ON COLUMN public.user_email_accounts.updated_at IS 'When it was last changed';

CREATE TABLE public.email_drafts (
    id            uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id       uuid NOT NULL REFERENCES public.users (id) ON DELETE CASCADE,
    account_id    uuid REFERENCES public.user_email_accounts (id) ON DELETE SET NULL,
    to_addresses  text[] NOT NULL DEFAULT '{}' CHECK (cardinality(to_addresses) <= 1000),
    cc_addresses  text[] NOT NULL DEFAULT '{}' CHECK (cardinality(cc_addresses) <= 1000),
    bcc_addresses text[] NOT NULL DEFAULT '{}' CHECK (cardinality(bcc_addresses) <= 1000),
    subject       text NOT NULL DEFAULT '' CHECK (length(subject) <= 10000),
    body          text NOT NULL DEFAULT '' CHECK (octet_length(body) <= 67108864),
    attachments   jsonb NOT NULL DEFAULT '[]' CHECK (jsonb_typeof(attachments) = 'array'),
    created_at    timestamptz NOT NULL DEFAULT now(),
    updated_at    timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX email_drafts_user_id_idx ON public.email_drafts (user_id);
CREATE INDEX email_drafts_account_id_idx ON public.email_drafts (account_id);
COMMENT ON TABLE public.email_drafts IS 'Mails not sent yet, by users or bots';
COMMENT ON COLUMN public.email_drafts.id IS 'Primary key';
COMMENT ON COLUMN public.email_drafts.user_id IS 'User whose draft it is';
COMMENT ON COLUMN public.email_drafts.account_id IS 'Account to send by; null: the account is gone, the draft stays';
COMMENT ON COLUMN public.email_drafts.to_addresses IS 'Recipients';
COMMENT ON COLUMN public.email_drafts.cc_addresses IS 'Recipients of a copy';
COMMENT ON COLUMN public.email_drafts.bcc_addresses IS 'Recipients of a copy that others do not see';
COMMENT ON COLUMN public.email_drafts.subject IS 'Subject';
COMMENT ON COLUMN public.email_drafts.body IS 'Text';
COMMENT ON COLUMN public.email_drafts.attachments IS 'What is attached, a JSON array of descriptions';
COMMENT ON COLUMN public.email_drafts.created_at IS 'When it was begun';
COMMENT ON COLUMN public.email_drafts.updated_at IS 'When it was last edited';

CREATE TABLE public.email_folders (
    id            uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    account_id    uuid NOT NULL REFERENCES public.user_email_accounts (id) ON DELETE CASCADE,
    name          text NOT NULL CHECK (length(name) BETWEEN 1 AND 255),
    path          text NOT NULL CHECK (length(path) BETWEEN 1 AND 1000),
    parent_id     uuid,
    message_count integer NOT NULL DEFAULT 0 CHECK (message_count >= 0),
    unread_count  integer NOT NULL DEFAULT 0 CHECK (unread_count >= 0),
    created_at    timestamptz NOT NULL DEFAULT now(),
    updated_at    timestamptz NOT NULL DEFAULT now(),
    UNIQUE (account_id, id),
    CHECK (parent_id <> id),
    FOREIGN KEY (account_id, parent_id) REFERENCES public.email_folders (account_id, id) ON DELETE CASCADE
);
CREATE INDEX email_folders_parent_id_idx ON public.email_folders (parent_id);
COMMENT ON TABLE public.email_folders IS 'Folders of a mail account';
COMMENT ON COLUMN public.email_folders.id IS 'Primary key';
COMMENT ON COLUMN public.email_folders.account_id IS 'Account';
COMMENT ON COLUMN public.email_folders.name IS 'Name of the folder';
COMMENT ON COLUMN public.email_folders.path IS 'Path on the IMAP server';
COMMENT ON COLUMN public.email_folders.parent_id IS 'Folder that it lies in, of the same account; null: at the top';
COMMENT ON COLUMN public.email_folders.message_count IS 'Messages in it at the last synchronization';
COMMENT ON COLUMN public.email_folders.unread_count IS 'Unread messages in it at the last synchronization';
COMMENT ON COLUMN public.email_folders.created_at IS 'When it was first seen';
COMMENT ON COLUMN public.email_folders.updated_at IS 'Last synchronization';

CREATE TABLE public.folder_messages (
    id           uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    folder_id    uuid NOT NULL REFERENCES public.email_folders (id) ON DELETE CASCADE,
    uid          bigint NOT NULL CHECK (uid > 0),
    message_id   text CHECK (length(message_id) <= 1000),
    subject      text NOT NULL DEFAULT '' CHECK (length(subject) <= 10000),
    from_address text NOT NULL DEFAULT '' CHECK (length(from_address) <= 1000),
    sent_at      timestamptz,
    flags        text[] NOT NULL DEFAULT '{}' CHECK (cardinality(flags) <= 100),
    size_bytes   bigint NOT NULL DEFAULT 0 CHECK (size_bytes >= 0),
    created_at   timestamptz NOT NULL DEFAULT now(),
    UNIQUE (folder_id, uid)
);
COMMENT ON TABLE public.folder_messages IS 'Messages in a mail folder, as far as a list shows them';
COMMENT ON COLUMN public.folder_messages.id IS 'Primary key';
COMMENT ON COLUMN public.folder_messages.folder_id IS 'Folder';
COMMENT ON COLUMN public.folder_messages.uid IS 'IMAP UID, unique in its folder';
COMMENT ON COLUMN public.folder_messages.message_id IS 'Message-ID header';
COMMENT ON COLUMN public.folder_messages.subject IS 'Subject';
COMMENT ON COLUMN public.folder_messages.from_address IS 'Sender';
COMMENT ON COLUMN public.folder_messages.sent_at IS 'When it was sent, as its header says';
COMMENT ON COLUMN public.folder_messages.flags IS 'IMAP flags';
COMMENT ON COLUMN public.folder_messages.size_bytes IS 'Size, bytes';
COMMENT ON COLUMN public.folder_messages.created_at IS 'When it was first seen';
