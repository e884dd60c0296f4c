"""What points to what: the foreign keys as the catalog has them, what hangs on a row, and what a delete would do.

catalog   tables and foreign keys, read once and kept for a while
closure   which tables a cascade reaches, parents first; rings of tables as one
sql       the one place where names of the catalog are written into statements
preview   what a delete would remove, set to null or be stopped by, counted
around    one row's fields, its parents and what points to it, a step at a time
"""
