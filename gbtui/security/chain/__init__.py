"""Seals over past months of audit records: a chain of hashes by which a record that is missing or changed shows.

What a seal cannot do: say anything of a month that has not ended, or stop a superuser who writes records and seals
anew. Against that the end of each chain is kept outside the database, too: in this user's file, and wherever else one
likes.
"""

from gbtui.security.chain.link import LINK, START, fold
from gbtui.security.chain.sealing import seal
from gbtui.security.chain.verifying import verify

__all__ = ["LINK", "START", "fold", "seal", "verify"]
