-- Bots cannot be switched off any more: those that were are active again.

ALTER TABLE public.bots DROP COLUMN active;
