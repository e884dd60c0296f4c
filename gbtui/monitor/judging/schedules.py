"""Automations that never run, or not when somebody meant."""

from collections.abc import Iterator

from gbtui import text
from gbtui.monitor.check import View
from gbtui.monitor.finding import Finding, Severity


def schedules(view: View) -> Iterator[Finding]:
    """One finding for all of them: whoever writes schedules mends them."""
    wrong = [row for row in view.rows("schedules") if row.trouble]
    if not wrong:
        return
    worst, number = wrong[0], sum(row.automations for row in wrong)
    more = f"; {text.plural(len(wrong), 'schedule')} in all" if len(wrong) > 1 else ""
    zone = f" in {worst.zone}" if worst.zone else ""
    yield Finding(
        Severity.WARNING,
        "schedules",
        "automations",
        f"{text.plural(number, 'active automation')} cannot run as written: {worst.example}, {worst.schedule}{zone}",
        f"{worst.trouble}{more}",
        "mend the schedule, or the bot's timezone in its configuration; gbtui runs no automation",
        "schedules",
        narrow="is:invalid",
        number=float(number),
    )
