"""Search in what was said and in documents: by words with an index or slice by slice, or for a text as it stands."""
