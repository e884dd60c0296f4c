-- purpose: first: the messages of session $1
-- privilege: none
-- cost: the session's messages, by index
DELETE FROM public.message_history WHERE session_id = $1::uuid
