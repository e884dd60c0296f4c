"""`gbtui check`: the verdict as an exit code, by the convention of monitoring plugins."""

import argparse
import asyncio
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from gbtui.commands.notes import note, print_json
from gbtui.commands.show import looking
from gbtui.errors import ConnectError, GbtuiError, UsageError

if TYPE_CHECKING:
    from gbtui.config import Config
    from gbtui.monitor.check import Check
    from gbtui.monitor.finding import Finding
    from gbtui.monitor.ignored import Aside
    from gbtui.monitor.monitor import Monitor

OK, WARNING, CRITICAL, UNKNOWN = 0, 1, 2, 3
_WORDS: Final = ("OK", "WARNING", "CRITICAL", "UNKNOWN")
_RATE_SECONDS: Final = 1.0
_EXAMPLES: Final = """
examples:
  gbtui check --profile prod                judge all; the first line is the verdict
  gbtui check --only blocked,connections    judge some
  gbtui check --json                        the findings as one array of objects
  gbtui check --list                        what is judged
exit codes: 0 well, 1 warning, 2 critical (also: no connection), 3 unknown (no server named, a right is missing)
The first line ends with performance data after a |: the figures, and from where on they warn and are critical.
Limits are set in the profile: [profiles.NAME.thresholds].
"""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found, and what could not be looked at (probe, error)."""

    findings: "tuple[Finding, ...]"
    unread: tuple[tuple[str, GbtuiError], ...]
    checks: int
    unjudged: tuple[tuple[str, str], ...] = ()
    """Checks (name, why) that could be read but had nothing to judge; they do not change the code."""
    performance: str = ""
    """The figures that they rest on, as "label=value;warning;critical …"."""
    aside: "tuple[Aside, ...]" = ()
    """What somebody put aside for a while; it does not change the code."""

    @property
    def blind(self) -> dict[str, list[str]]:
        """The names of those checks by what keeps them from judging."""
        found: dict[str, list[str]] = {}
        for name, why in self.unjudged:
            found.setdefault(why, []).append(name)
        return found

    @property
    def code(self) -> int:
        """The exit code: critical before warning before unknown."""
        worst = max((int(finding.severity) for finding in self.findings), default=0)
        if worst >= 2:
            return CRITICAL if worst == 3 else WARNING
        return UNKNOWN if self.unread else OK


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The flags of `gbtui check`."""
    parser.epilog = _EXAMPLES
    parser.add_argument("--json", action="store_true", help="the findings as an array of objects")
    parser.add_argument("--all", action="store_true", help="also what was put aside (:ignore), marked so")
    parser.add_argument("--only", metavar="NAMES", action="append", default=[], help="only these checks (a,b)")
    parser.add_argument("--list", action="store_true", help="the checks and their limits")


def run(arguments: argparse.Namespace) -> int:
    """Judge, print, and return the exit code; every failure to look is UNKNOWN, no connection is CRITICAL."""
    if arguments.list:
        _print_checks()
        return OK
    try:
        verdict = asyncio.run(_judge(arguments.config, chosen(arguments.only)))
    except ConnectError as error:
        return _failed(arguments.json, CRITICAL, error)
    except GbtuiError as error:
        return _failed(arguments.json, UNKNOWN, error)
    _print(verdict, as_json=arguments.json, whole=arguments.all)
    return verdict.code


def chosen(only: list[str]) -> "tuple[Check, ...]":
    """The checks that `--only` names; all without it. UsageError for a name there is not."""
    from gbtui.monitor.checks import CHECKS

    names = [name.strip() for part in only for name in part.split(",") if name.strip()]
    known = {check.name: check for check in CHECKS}
    for name in names:
        if name not in known:
            raise UsageError("No such check", name, f"there are: {', '.join(known)}")
    return tuple(known[name] for name in dict.fromkeys(names)) if names else CHECKS


async def _judge(config: "Config", checks: "tuple[Check, ...]") -> Verdict:
    from gbtui.commands.opening import opened
    from gbtui.commands.performance import performance
    from gbtui.monitor.check import limits
    from gbtui.monitor.ignored_file import NAME, IgnoredFile
    from gbtui.monitor.monitor import Monitor
    from gbtui.monitor.reach import judgeable, refused

    thresholds = limits(config.thresholds)
    async with opened(looking(config), note) as place:
        ignoring = IgnoredFile(config.file.path.with_name(NAME), place.label)
        monitor = Monitor(place.database, checks=checks, thresholds=thresholds, ignoring=ignoring)
        checks = judgeable(checks, monitor.probes)
        if not checks:
            raise refused("each of these checks", place.database.facts.access)
        try:
            verdict = await look(monitor, checks)
            if ignoring.error:
                note(ignoring.error)
            names = dict.fromkeys(name for check in checks for name in check.probes)
            return replace(verdict, performance=performance({name: monitor.last(name) for name in names}, thresholds))
        finally:
            await monitor.stop()


async def look(monitor: "Monitor", checks: "tuple[Check, ...]") -> Verdict:
    """Read every probe the checks rest on, those of rates twice."""
    names = list(dict.fromkeys(name for check in checks for name in check.probes))
    rates = [name for name in names if monitor.probes[name].deltas]
    if rates:
        await asyncio.gather(*(monitor.once(name) for name in rates))
        await asyncio.sleep(_RATE_SECONDS)
    samples = await asyncio.gather(*(monitor.once(name) for name in names))
    unread = tuple((sample.probe, sample.error) for sample in samples if sample.error is not None)
    idle = {sample.probe: "; ".join(sample.skipped) for sample in samples if not (sample.error or sample.rows)}
    unjudged = ((check.name, next(filter(None, map(idle.get, check.probes)), "")) for check in checks)
    idle_checks = tuple((name, why) for name, why in unjudged if why)
    return Verdict(monitor.findings, unread, len(checks), idle_checks, aside=monitor.aside)


def _print(verdict: Verdict, *, as_json: bool, whole: bool) -> None:
    if as_json:
        print_json(_objects(verdict, whole=whole))
        return
    print(f"{headline(verdict)} | {verdict.performance}" if verdict.performance else headline(verdict))
    for finding in verdict.findings:
        print(f"{finding.severity.name} {finding.check}: {_safe(finding.what)}")
        print(f"  why: {_safe(finding.why)}\n  do: {_safe(finding.advice)}")
    for aside in verdict.aside if whole else ():
        print(f"put aside: {aside.finding.severity.name} {aside.finding.check}: {_safe(aside.finding.what)}")
        print(f"  {_safe(aside.ignored.told)}")
    for probe, error in verdict.unread:
        print(f"UNKNOWN {probe}: {_safe(str(error))}")
    for why, names in verdict.blind.items():
        print(f"not judged: {', '.join(names)}: {_safe(why)}")


def headline(verdict: Verdict) -> str:
    """The first line, which is all that some monitoring systems show."""
    word = _WORDS[verdict.code]
    worst = next(iter(verdict.findings), None)
    aside = f"{len(verdict.aside)} put aside" if verdict.aside else ""
    if worst is not None and verdict.code in (WARNING, CRITICAL):
        more = len(verdict.findings) - 1
        rest = ", ".join([*([f"and {more} more"] if more else []), *([aside] if aside else [])])
        return f"{word} - {_safe(worst.what)}" + (f" ({rest})" if rest else "")
    if verdict.unread:
        probe, error = verdict.unread[0]
        return f"{word} - {probe} could not be read: {_safe(str(error))}"
    infos = (f", {len(verdict.findings)} to know" if verdict.findings else "") + (f", {aside}" if aside else "")
    blind = len(verdict.unjudged)
    judged = f"{verdict.checks - blind} of {verdict.checks}" if blind else f"{verdict.checks}"
    could_not = f"; {blind} could not judge: {_safe('; '.join(verdict.blind))}" if blind else ""
    return f"{word} - {judged} checks, nothing wrong{infos}{could_not}"


def _objects(verdict: Verdict, *, whole: bool) -> list[dict[str, Any]]:
    from gbtui.monitor.finding import Finding, Severity
    from gbtui.monitor.plain import plain

    unread = [_finding("", probe, error, "UNKNOWN") for probe, error in verdict.unread]
    idle = [
        Finding(Severity.INFO, name, "not judged", f"could not judge: {why}", "", "", name)
        for name, why in verdict.unjudged
    ]
    objects = [plain(finding) for finding in (*verdict.findings, *idle)] + unread
    if whole:
        marked = [plain(one.finding) | {"put_aside": plain(one.ignored)} for one in verdict.aside]
        objects = [one | {"put_aside": None} for one in objects] + marked
    return objects


def _finding(check: str, probe: str, error: GbtuiError, severity: str) -> dict[str, Any]:
    """Why nothing could be looked at, in the shape of a finding."""
    from gbtui.monitor.finding import Finding, Severity

    return asdict(Finding(Severity.OK, check, probe, str(error), "", error.hint, probe)) | {"severity": severity}


def _failed(as_json: bool, code: int, error: GbtuiError) -> int:
    if as_json:
        note(str(error))
        print_json([_finding("", "connectivity", error, _WORDS[code])])
    else:
        print(f"{_WORDS[code]} - {_safe(str(error))}")
    return code


def _safe(sentence: str) -> str:
    """Harmless, on one line, and without the sign that begins performance data in this convention."""
    from gbtui.text import clean

    return " ".join(clean(sentence).replace("|", "/").split())


def _print_checks() -> None:
    from gbtui.monitor.check import THRESHOLDS
    from gbtui.monitor.checks import CHECKS
    from gbtui.text import size

    for check in CHECKS:
        print(f"{check.name:<20} {check.title}")
    print("\nlimits (seconds, bytes, shares or numbers), as in [profiles.NAME.thresholds]:")
    for name, value in THRESHOLDS.items():
        in_bytes = name.startswith("slot_") or name.endswith("_bytes")
        print(f"{name:<28} {size(value) if in_bytes else format(value, 'g')}")
