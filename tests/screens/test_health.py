"""What the Health screen says of all panels together."""

from datetime import UTC, datetime

from gbtui.monitor.finding import Finding, Severity
from screens.health import PanelRow, summary

NOW = datetime(2026, 11, 23, 14, 2, tzinfo=UTC)


def test_a_note_is_a_finding_and_a_panel_without_answer_is_not_called_well() -> None:
    note = Finding(
        Severity.INFO, "deadlocks", "rates", "1 deadlock", "two sessions crossed", "lock in one order", "rates"
    )
    well = PanelRow("pool", Severity.OK, "all idle", NOW, "now", None)
    noted = PanelRow("rates", Severity.INFO, "1 deadlock", NOW, "now", note)
    denied = PanelRow("tables", None, "denied: GRANT pg_monitor TO me", None, "–", None)
    assert summary([well]) == "no findings"
    assert summary([well, noted]) == "1 with findings"
    assert summary([well, noted, denied]) == "1 with findings, 1 not known"
