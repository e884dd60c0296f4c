-- Takes the shapes back; documents stay as they are.

DROP TRIGGER preferences_shape ON public.user_preferences;
DROP TRIGGER metadata_shape ON public.kb_collections;
DROP TRIGGER metadata_shape ON public.kb_documents;
DROP TRIGGER parameters_shape ON public.basic_tools;
DROP TRIGGER metadata_shape ON public.basic_tools;
DROP TRIGGER attachments_shape ON public.email_drafts;

DROP FUNCTION gb_meta.check_shape();
DROP FUNCTION gb_meta.shape_problem(jsonb, jsonb, text);
