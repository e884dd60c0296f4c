-- Removes tools and their use by sessions, with all their rows.

DROP TABLE public.session_tool_associations;
DROP TABLE public.basic_tools;
