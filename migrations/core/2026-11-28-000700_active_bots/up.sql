-- Bots can be switched off, as users can.
--
-- Where the platform's documents leave a choice: users have `active`, bots have not, and a bot that must fall silent
-- now (it talks nonsense, its tenant has not paid) can only be deleted with all it knows. A bot that is not active
-- begins no session and answers in none; its data stays. Rows that exist are active. The platform has to ask for it:
-- docs/deleting.md says where.

ALTER TABLE public.bots ADD COLUMN active boolean NOT NULL DEFAULT true;
COMMENT ON COLUMN public.bots.active IS 'Whether it may begin sessions and answer';
