"""A tree asks for what is below a branch when that is opened, once, and is walked with four keys."""

from typing import Any

from gbtui.ui.widgets.tree_view import Branch, TreeView
from tests.ui.widgets.hosting import line_with_cursor, once, shown, text


async def test_a_branch_is_asked_for_when_it_is_opened_and_only_then() -> None:
    tree, seen = TreeView(), list[Any]()

    def wanted() -> list[TreeView.Wanted]:
        return [one for one in once(seen) if isinstance(one, TreeView.Wanted)]

    async with shown(tree, messages=seen, size=(50, 6)) as pilot:
        tree.say("looking …")
        assert text(tree)[0] == " looking …"
        tree.set_root(Branch("acme", note="organizations", opens=True))
        await pilot.pause()
        (first,) = wanted()
        assert "readi" in text(tree)[0]
        tree.fill(first.twig, [Branch("bots", "3", opens=True), Branch("users", "0")])
        assert [line.split() for line in text(tree)[1:3]] == [["+", "bots", "3"], ["users", "0"]]
        await pilot.press("l", "l")  # into it, and open
        await pilot.pause()
        assert [one.twig.branch.text for one in wanted()] == ["acme", "bots"]
        tree.fill(wanted()[1].twig, [Branch("support", opens=True)])
        await pilot.press("h", "l")  # closed, and opened again without asking
        await pilot.pause()
        assert len(wanted()) == 2
        assert "support" in text(tree)[2]


async def test_closing_leads_up_and_enter_tells_where() -> None:
    tree, seen = TreeView(), list[Any]()
    async with shown(tree, messages=seen, size=(50, 6)) as pilot:
        tree.set_root(Branch("acme", opens=True))
        await pilot.pause()
        twig = next(one.twig for one in seen if isinstance(one, TreeView.Wanted))
        tree.fill(twig, [Branch(f"bot {n}", data=n) for n in range(9)])
        await pilot.press("G")
        assert "bot 8" in line_with_cursor(tree)
        await pilot.press("h")
        assert "acme" in line_with_cursor(tree)
        await pilot.press("pagedown", "k", "enter")
        await pilot.pause()
        (entered,) = [one for one in once(seen) if isinstance(one, TreeView.Entered)]
        assert f"bot {entered.branch.data}" in line_with_cursor(tree)
        assert tree.lines[0].strip() == "acme"


async def test_text_is_cut_and_harmless() -> None:
    tree = TreeView()
    async with shown(tree, size=(30, 3)):
        tree.set_root(Branch("a\x1b[31m" + "b" * 60, "1,000+", "note\x07" * 9))
        (line, *_) = text(tree)
        assert "\x1b" not in line
        assert "\x07" not in line
        assert len(line) <= 30
