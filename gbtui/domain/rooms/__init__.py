"""The lists that belong to one thing: an organization's, a bot's, a user's, a collection's, a mail account's."""

from types import MappingProxyType
from typing import Final

from gbtui.domain.rooms.of_bots import AUTOMATIONS, CONFIGURATION, MEMORIES, TOOLS
from gbtui.domain.rooms.of_knowledge import COLLECTIONS, DOCUMENTS
from gbtui.domain.rooms.of_mail import DRAFTS, FOLDERS, MAIL
from gbtui.domain.rooms.of_users import ORGANIZATIONS, PREFERENCES, TOKENS, USERS

_ALL: Final = (
    USERS, CONFIGURATION, MEMORIES, COLLECTIONS, DOCUMENTS, TOOLS, AUTOMATIONS,
    ORGANIZATIONS, PREFERENCES, MAIL, DRAFTS, FOLDERS, TOKENS,
)  # fmt: skip
ROOMS: Final = MappingProxyType({room.name: room for room in _ALL})
"""By name, in the order in which they are listed. To add one is one entry here and its .sql file."""
TITLES: Final = {
    "bots": "who is silent, who waits for an answer, how fast they answer",
    "sessions": "conversations, the latest activity first",
    **{room.name: room.title for room in _ALL},
}
"""What is in each room, in a few words; those that have screens of their own too."""
