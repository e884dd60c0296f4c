"""A plan as a tree, with what stands out in it and the node under the cursor in full."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType

from gbtui.domain.explain.plan import Node
from gbtui.domain.explain.words import remarks, verdict
from gbtui.text import clean, count, duration, percent
from gbtui.ui import keymap
from gbtui.ui.chrome import Foot, Head
from gbtui.ui.describe import Describe
from gbtui.ui.prompt import Prompt
from gbtui.ui.statement_fields import statement_fields
from gbtui.ui.widgets.details import Details, Field
from gbtui.ui.widgets.tree_view import Branch, TreeView

if TYPE_CHECKING:
    from gbtui.domain.explain.explain import Explained

_FAINT = 0.005


class PlanView(Describe):
    """Opened over a list; the worst node is marked, and under the cursor from the start."""

    CSS = """
    PlanView TreeView { height: 1fr; max-height: 60%; }
    PlanView Details { height: 1fr; border-top: solid $panel; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [*keymap.bindings("copy", copy="copy the plan and what is said of it")]
    AUTO_FOCUS = "TreeView"

    def __init__(self, explained: "Explained", clock: Callable[..., str], shown: Callable[[str], str]) -> None:
        """`shown`: masks what must not be seen of a text."""
        super().__init__("plan", {}, (), clock)
        self.explained = explained
        self._shown = shown
        self._here = explained.plan.worst or explained.plan.root
        self._told = list(self._fields())

    def compose(self) -> ComposeResult:
        """Head, tree, words, foot."""
        yield Head()
        yield TreeView(id="plan")
        yield Details(self._told, id="described")
        yield Prompt()
        yield Foot()

    def on_mount(self) -> None:
        """Draw the tree."""
        super().on_mount()
        tree = self.query_one("#plan", TreeView)
        tree.set_whole(
            self._branch(self.explained.plan.root), lambda one: [self._branch(each) for each in one.data.below]
        )
        tree.styles.height = sum(1 for _ in self.explained.plan.root.walk())  # what is said below needs the room
        tree.go_to(self._here)

    @property
    def text(self) -> str:
        """The tree and all that is said, to be copied."""
        tree = self.query_one("#plan", TreeView).lines
        lines = [f"{field.label}\t{field.value}" if field.label and field.value else field.label or field.value
                 for field in self._told]  # fmt: skip
        return clean("\n".join([*tree, "", *lines]), keep="\n\t")

    @on(TreeView.Moved)
    def _moved(self, message: TreeView.Moved) -> None:
        message.stop()
        self._here = message.branch.data
        self._told = list(self._fields())
        self.details.set_fields(self._told)

    @on(TreeView.Entered)
    def _entered(self, message: TreeView.Entered) -> None:
        """What is said of the node."""
        message.stop()
        self.details.focus()

    def _branch(self, node: Node) -> Branch:
        worst = node is self.explained.plan.worst
        own = percent(node.own) if node.own >= _FAINT else ""
        role = f"{node.role}: " if node.role else ""
        note = f"{'worst · ' if worst else ''}{_rows(node)}"
        style = "warning" if worst else "dim" if node.loops == 0 and self.explained.plan.analysed else ""
        return Branch(self._shown(f"{role}{node.brief}"), own, note, style, bool(node.below), node)

    def _fields(self) -> Iterator[Field]:
        plan = self.explained.plan
        yield Field(self._shown(verdict(plan)), heading=True)
        for remark in remarks(plan):
            yield Field("what to do", self._shown(f"{remark.node.what}: {remark.said}"))
        for note in self.explained.notes:
            yield Field("", note, "dim")
        yield from self._times()
        yield Field(self._shown(self._here.what), heading=True)
        yield Field(
            "by itself", f"{percent(self._here.own)} of {'the time' if plan.analysed else 'the estimated cost'}"
        )
        yield Field("rows", _rows(self._here))
        yield Field("cost", f"{count(self._here.cost)} for one run, with all below")
        for name, value in self._here.facts.items():
            yield Field(name.lower(), self._shown(value))
        yield from statement_fields(self._shown(self.explained.text))

    def _times(self) -> Iterator[Field]:
        plan = self.explained.plan
        if plan.execution_ms is not None:
            planning = f", {duration(plan.planning_ms)} to plan it" if plan.planning_ms is not None else ""
            yield Field("took", f"{duration(plan.execution_ms)}{planning}")
        asked = self.explained.asked
        if asked.user:
            yield Field("of", f"{asked.user} in {asked.database}; planned with your rights and search_path")


def _rows(node: Node) -> str:
    """Rows that came, of those expected; over how many runs."""
    expected = f"{count(node.rows)} row{'' if node.rows == 1 else 's'} expected"
    if node.actual_rows is None:
        return expected
    if node.loops == 0:
        return f"never run; {expected}"
    took = f" · {duration(node.actual_ms)}" if node.actual_ms else ""
    runs = f" × {count(node.loops)} runs" if node.loops > 1 else ""
    came = f"{count(node.actual_rows)} row{'' if node.actual_rows == 1 else 's'}"
    return f"{came} of {count(node.rows)} expected{runs}{took}"
