-- Removes clicks, messages with their partitions, and sessions, with all their rows.

DROP TABLE public.clicks;
DROP TABLE public.message_history;
DROP TABLE public.user_sessions;
