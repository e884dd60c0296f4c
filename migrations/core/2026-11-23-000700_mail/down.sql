-- Removes mail accounts, drafts, folders and their messages, with all their rows.

DROP TABLE public.folder_messages;
DROP TABLE public.email_folders;
DROP TABLE public.email_drafts;
DROP TABLE public.user_email_accounts;
