-- purpose: delete user $1; sessions and messages stay, anonymous
-- privilege: none
-- cost: the user's sessions and messages, by index
DELETE FROM public.users WHERE id = $1::uuid
