"""One page for a ticket, in Markdown: what is wrong first, then what it rests on, then what could not be seen."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from gbtui import __version__, text
from gbtui.commands.check import Verdict, headline
from gbtui.commands.markdown import block, prose, table
from gbtui.commands.report_sections import ROWS, SECTIONS, Section
from gbtui.errors import GbtuiError
from gbtui.monitor.finding import Finding, Severity
from gbtui.monitor.sample import Sample

_LEFT_OUT: Final = (
    "Left out on purpose: texts of statements and messages, names of people, addresses, settings. Tenants are named by"
    " their slugs, programs by the names they gave themselves."
)


def page(label: str, verdict: Verdict, samples: Mapping[str, Sample[Any]], now: datetime) -> str:
    """The report on a server that answers, at least in part."""
    lines = [*_head(label, now), *_server(samples), "", f"**{prose(headline(verdict))}**", ""]
    lines += _findings(verdict, now)
    for section in SECTIONS:
        lines += _section(section, samples.get(section.probe))
    lines += _unseen(samples, verdict)
    return "\n".join((*lines, _LEFT_OUT)) + "\n"


def unreachable(label: str, error: GbtuiError, now: datetime) -> str:
    """The report on a server that does not answer at all."""
    lines = [*_head(label, now), f"**CRITICAL - {prose(str(error))}**", "", "Nothing could be read."]
    return "\n".join(lines) + "\n"


def _head(label: str, now: datetime) -> Iterator[str]:
    yield f"# {prose(label)}, {now.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
    yield ""


def _server(samples: Mapping[str, Sample[Any]]) -> Iterator[str]:
    """The server in one sentence, and its slots in another."""
    answered, slots = samples.get("connectivity"), samples.get("connections")
    if answered is not None and (row := answered.first) is not None:
        parts = [f"PostgreSQL {row.version}", row.role, f"up {text.age(row.uptime)}", f"database {row.database}"]
        line = row.tls or (row.address if row.address == "local socket" else "not encrypted")
        yield prose(f"{', '.join(parts)}, seen as {row.user} ({line}) by gbtui {__version__}.")
    if slots is not None and (row := slots.first) is not None:
        busy = f"{row.active} active, {row.idle} idle, {row.idle_in_transaction} idle in transaction"
        yield f"{row.used} of {row.max_connections} connections: {busy}; {row.waiting_for_locks} wait for locks."


def _findings(verdict: Verdict, now: datetime) -> Iterator[str]:
    for finding in verdict.findings:
        if finding.severity > Severity.OK:
            yield from _finding(finding, now)
    if verdict.aside:
        yield "## Put aside"
        yield ""
        yield from (f"- {prose(one.finding.what)}: {prose(one.ignored.told)}" for one in verdict.aside)
        yield ""


def _finding(finding: Finding, now: datetime) -> Iterator[str]:
    since = f", for {text.age((now - finding.since).total_seconds())}" if finding.since and finding.since < now else ""
    yield f"## {finding.severity.name} {finding.check}{since}"
    yield ""
    yield prose(finding.what)
    yield ""
    yield from (f"- {word}: {prose(said)}" for word, said in (("why", finding.why), ("do", finding.advice)) if said)
    yield ""
    if finding.statement:
        yield from block(finding.statement)
        yield ""


def _section(section: Section, sample: Sample[Any] | None) -> Iterator[str]:
    rows = section.chosen(sample.rows) if sample is not None else ()
    if not rows:
        return
    yield f"## {section.title}"
    yield ""
    cells = [[column.cell(row) for column in section.columns] for row in rows[:ROWS]]
    yield from table([c.head for c in section.columns], cells, [c.number for c in section.columns])
    yield ""
    if len(rows) > ROWS:
        yield f"{text.count(len(rows) - ROWS)} more are not listed."
        yield ""


def _unseen(samples: Mapping[str, Sample[Any]], verdict: Verdict) -> Iterator[str]:
    """What could not be read, each with its reason, and what was left out of what could."""
    lines = [f"- {sample.probe}: {prose(str(sample.error))}" for sample in samples.values() if sample.error]
    lines += [f"- {sample.probe}: {prose(s)}" for sample in samples.values() for s in sample.skipped if sample.rows]
    lines += [f"- not judged: {', '.join(names)}: {prose(why)}" for why, names in verdict.blind.items()]
    if lines:
        yield from ("## Not seen", "", *lines, "")
