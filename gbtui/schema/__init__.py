"""Migrations, Diesel's way: what a source folder holds, what a database has, and how to get from one to the other.

source   a folder of migrations, read and judged       history  what the database says was applied
runner   up, down and redo                             status   the two compared
plan     a rehearsal: SQL, locks, rewrites, rows lost  verify   up, down, up on a scratch database
lint     rules for DDL                                 catalog  a snapshot of all objects, and the difference of two
"""
