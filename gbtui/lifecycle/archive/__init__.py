"""Archives: rows that are to go, as compressed columns in files, proved to be whole before anything is removed.

An archive is a folder of Parquet files and a manifest, which is written last: without it there is no archive. Nothing
here needs a server but making and restoring.
"""
