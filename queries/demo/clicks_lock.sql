-- purpose: lock the clicks as a careless migration would
-- privilege: owner of the table
-- cost: everybody who reads or writes clicks waits
LOCK TABLE public.clicks IN ACCESS EXCLUSIVE MODE
