"""The live tail: every message exactly once, by polling, whatever happens to the connection or the server.

tail = Tail(database)
stop_listening = tail.subscribe(print)
await tail.start()
"""

from gbtui.domain.tail.events import Batch, Figures, Gap, Listener, Message, Phase, State, StreamEvent, TailEvent
from gbtui.domain.tail.stream import messages_of
from gbtui.domain.tail.tail import Follower, Tail

__all__ = [
    "Batch",
    "Figures",
    "Follower",
    "Gap",
    "Listener",
    "Message",
    "Phase",
    "State",
    "StreamEvent",
    "Tail",
    "TailEvent",
    "messages_of",
]
