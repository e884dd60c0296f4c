DROP FUNCTION public.name_parts(text);
