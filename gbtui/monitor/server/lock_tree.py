"""Who waits for whom, as a tree: pure functions over pids."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TypeVar

N = TypeVar("N", int, str)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a backend stands in the tree."""

    depth: int
    """0 for a root, which waits for nobody."""
    frees: int
    """Waiters whose only blocker it is: so many go on when it ends."""
    holds: int
    """All that wait for it, directly or behind others."""


def places(blocked_by: Mapping[N, tuple[N, ...]]) -> dict[N, Place]:
    """The tree in the order it is read: roots first (those that hold most first), waiters under a blocker.

    `blocked_by` has an entry for every member; roots have none to wait for. A waiter with several blockers stands
    once, under the one that is deepest (the one it queues behind last). A deadlock that the server has not yet
    resolved has no root: its member that holds most stands as one.
    """
    behind: dict[N, list[N]] = {member: [] for member in blocked_by}
    for member, blockers in blocked_by.items():
        for blocker in dict.fromkeys(blockers):
            behind.setdefault(blocker, []).append(member)
    everyone = list(behind)
    holds = {member: len(_reach(member, behind)) for member in everyone}
    frees = {m: sum(1 for w in behind[m] if set(blocked_by.get(w, ())) == {m}) for m in everyone}
    parent = _parents(everyone, blocked_by, holds)
    children: dict[N | None, list[N]] = {}
    for member in sorted(everyone, key=lambda m: (-holds[m], str(m))):
        children.setdefault(parent.get(member), []).append(member)
    return {m: Place(depth, frees[m], holds[m]) for m, depth in _walk(children)}


def _reach(start: N, behind: Mapping[N, list[N]]) -> set[N]:
    """All that wait for `start`, however far behind."""
    seen: set[N] = set()
    todo = list(behind[start])
    while todo:
        member = todo.pop()
        if member not in seen and member != start:
            seen.add(member)
            todo.extend(behind[member])
    return seen


def _parents(everyone: list[N], blocked_by: Mapping[N, tuple[N, ...]], holds: Mapping[N, int]) -> dict[N, N]:
    """One parent each: the blocker that holds least (the deepest); never one that stands below the member itself."""
    parent: dict[N, N] = {}
    for member in sorted(everyone, key=lambda m: (holds[m], str(m))):
        for blocker in sorted(blocked_by.get(member, ()), key=lambda b: (holds[b], str(b))):
            if blocker != member and not _is_above(member, blocker, parent):
                parent[member] = blocker
                break
    return parent


def _is_above(member: N, other: N, parent: Mapping[N, N]) -> bool:
    """Whether `member` is among the parents of `other` already (making it the child would close a ring)."""
    at: N | None = other
    while at is not None:
        if at == member:
            return True
        at = parent.get(at)
    return False


def _walk(children: Mapping[N | None, list[N]]) -> Iterator[tuple[N, int]]:
    todo = [(member, 0) for member in reversed(children.get(None, []))]
    while todo:
        member, depth = todo.pop()
        yield member, depth
        todo.extend((child, depth + 1) for child in reversed(children.get(member, [])))
