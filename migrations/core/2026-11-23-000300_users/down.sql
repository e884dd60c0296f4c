-- Removes users, memberships, login tokens and preferences, with all their rows.

DROP TABLE public.user_preferences;
DROP TABLE public.user_login_tokens;
DROP TABLE public.organization_members;
DROP TABLE public.users;
