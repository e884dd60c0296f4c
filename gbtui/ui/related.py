"""What is around a row, as a tree that can be walked: read a step at a time, a branch when it is opened."""

from datetime import datetime
from typing import TYPE_CHECKING, Final, cast
from uuid import UUID

from textual import on

from gbtui.errors import GbtuiError
from gbtui.text import clean, count
from gbtui.ui.widgets.tree_view import Branch, TreeView, Twig

if TYPE_CHECKING:
    from gbtui.domain.relations.around import Around, Node
    from gbtui.domain.relations.thing import Thing
    from gbtui.ui.app import Console

_SIGNS: Final = {"up": "^ ", "across": "= "}
"""In front of what a row points to, and of what a table of links joins it with."""
_PLACES: Final = {
    "organizations": "tenant",
    "bots": "bot",
    "users": "user",
    "kb_collections": "collection",
    "user_email_accounts": "account",
}
"""The word by which `:` opens a row of a table."""


class Related(TreeView):
    """The tree around one row; `enter` goes to the row under the cursor."""

    def __init__(self, thing: "Thing", *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._thing = thing

    @property
    def console(self) -> "Console":
        """The app, as what it is."""
        return cast("Console", self.app)

    @property
    def _around(self) -> "Around | None":
        hands = self.console.connected.hands if self.console.connected else None
        return hands.around if hands else None

    def on_mount(self) -> None:
        """Begin with the row itself."""
        self.say("looking at the foreign keys …")
        self.run_worker(self._begin(), exit_on_error=False)

    async def _begin(self) -> None:
        try:
            here = await self._around.here(self._thing) if self._around else None
        except GbtuiError as error:
            self.say(clean(str(error)), "warning")
            return
        if here is None:
            self.say("it is not there any more")
        else:
            self.set_root(branch(here))

    @on(TreeView.Wanted)
    def _wanted(self, message: TreeView.Wanted) -> None:
        message.stop()
        self.run_worker(self._read(message.twig), exit_on_error=False)

    async def _read(self, twig: Twig) -> None:
        node: Node = twig.branch.data
        try:
            below = await self._around.below(node) if self._around else []
        except GbtuiError as error:
            self.fill(twig, [Branch(clean(str(error)), style="warning")])
        else:
            self.fill(twig, [branch(one) for one in below] or [Branch("nothing", style="dim")])

    @on(TreeView.Entered)
    def _entered(self, message: TreeView.Entered) -> None:
        """To the row; a group of rows is opened or closed."""
        message.stop()
        node: Node | None = message.branch.data
        if node is None or node.way == "here":
            return
        if node.thing is not None:
            go_to(self.console, node.thing, node)
        else:
            self.action_open()


def branch(node: "Node") -> Branch:
    """A node as a line: what it is, how many, and how it hangs there."""
    one = node.thing is not None
    many = "" if one or node.count is None else "1,000+" if node.count > 1000 else count(node.count)
    note = f"{node.table}  {node.note}".strip() if one and node.way != "one" else node.note
    style = "bold" if node.way == "here" else "dim" if node.way == "rest" or node.count == 0 else ""
    return Branch(f"{_SIGNS.get(node.way, '')}{node.title}", many, note, style, node.opens, node)


def go_to(console: "Console", thing: "Thing", node: "Node") -> None:
    """To the page of a row, where the console has one; else it is described."""
    connected = console.connected
    platform = connected is not None and connected.conversations is not None and thing.schema == "public"
    if platform and thing.table in _PLACES:
        console.open_named(f"{_PLACES[thing.table]} {thing.key[0]}")
    elif platform and thing.table == "user_sessions":
        console.open_session(UUID(thing.key[0]))
    elif platform and thing.table == "message_history" and node.values.get("session_id"):
        at = datetime.fromisoformat(thing.key[1])
        console.open_session(UUID(node.values["session_id"]), (at, UUID(thing.key[0])))
    else:
        console.attempt(_described(console, thing))


async def _described(console: "Console", thing: "Thing") -> None:
    """All columns of a row, on record: they may hold what people wrote."""
    from gbtui.security.deed import Deed
    from gbtui.ui.describe import Describe

    hands = console.connected.hands if console.connected else None
    if hands is None:
        return
    await console.record(Deed("row.viewed", thing.full, ",".join(thing.key), detail={"redacted": console.redacted}))
    fields = await hands.around.fields(thing)
    if not fields:
        console.say("it is not there any more")
        return
    console.push_screen(Describe(thing.title, fields, (), console.time, thing=thing))
