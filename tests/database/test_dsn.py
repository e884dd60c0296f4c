"""Which place wins, what is refused, and what a remote server must prove."""

import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from gbtui.config import ConnectionSource
from gbtui.database.dsn import resolve, target
from gbtui.database.target import Target
from gbtui.errors import UsageError
from gbtui.secret import Secret


def resolved(*dsns: str, **environ: str) -> Target:
    """The first DSN is the command line's, the next a profile's."""
    places = [ConnectionSource("command line", Secret(dsn)) for dsn in dsns[:1]]
    places += [ConnectionSource("profile prod", Secret(dsn), closed=True) for dsn in dsns[1:]]
    return resolve(places, {"HOME": "/nonexistent", **environ})


def where(found: Target) -> str:
    return f"{found.user}@{','.join(map(str, found.hosts))}/{found.database}"


def test_command_line_then_profile_then_service_then_environment(tmp_path: Path) -> None:
    services = tmp_path / "services"
    services.write_text("[app]\nhost=from-service\nuser=from-service\ndbname=from-service\nport=4\n")
    environ = {"PGSERVICEFILE": str(services), "PGHOST": "from-env", "PGUSER": "from-env", "PGDATABASE": "from-env"}
    assert where(resolved("host=a", PGPORT="9", **environ)) == "from-env@a:9/from-env"
    assert where(resolved("user=me", PGSERVICE="app", **environ)) == "me@from-service:4/from-service"
    assert where(resolved("user=me service=app", PGPORT="9", **environ)) == "me@from-service:4/from-service"
    assert where(resolved("user=me", "host=prod user=x dbname=y", PGPORT="9", **environ)) == "me@prod:5432/y"


def test_each_parameter_knows_its_place(tmp_path: Path) -> None:
    services = tmp_path / "services"
    services.write_text("[app]\nport=4\n")
    found = resolved("host=a", "dbname=b", PGUSER="c", PGSERVICEFILE=str(services), PGSERVICE="ignored")
    assert found.sources["host"] == "command line"
    assert found.sources["dbname"] == "profile prod"
    assert found.sources["user"] == "environment PGUSER"


@pytest.mark.parametrize("leftover", [{"PGHOST": "other"}, {"PGHOSTADDR": "10.0.0.9"}, {"PGPORT": "9"}])
def test_a_leftover_variable_cannot_put_the_profiles_name_over_another_server(leftover: dict[str, str]) -> None:
    plain = resolve([ConnectionSource("profile", Secret("host=prod"), closed=True)], {"HOME": "/x"})
    found = resolve([ConnectionSource("profile", Secret("host=prod"), closed=True)], {"HOME": "/x", **leftover})
    assert found.hosts == plain.hosts


def test_a_host_on_the_command_line_drops_the_address_of_another() -> None:
    assert resolved("host=a", PGHOSTADDR="10.0.0.9").hosts[0].address == "a"


def test_several_hosts_and_ports() -> None:
    assert [str(h) for h in resolved("host=a,b,c port=1,2,3").hosts] == ["a:1", "b:2", "c:3"]
    assert [str(h) for h in resolved("host=a,b port=7").hosts] == ["a:7", "b:7"]
    assert [str(h) for h in resolved("postgresql://a,b:2").hosts] == ["a:5432", "b:2"]
    assert resolved("host=a,b hostaddr=10.0.0.1,10.0.0.2").hosts[1].address == "10.0.0.2"


@pytest.mark.parametrize(
    ("dsn", "said"),
    [
        ("host=a,b port=1,2,3", "3 ports for 2 hosts"),
        ("host=a,b hostaddr=10.0.0.1", "2 hosts and 1 hostaddr"),
        ("port=0", "port"),
        ("port=65536", "port"),
        ("port=x", "port"),
        ("sslmode=very", "sslmode is one of disable, allow"),
        ("target_session_attrs=master", "target_session_attrs is one of"),
        ("connect_timeout=soon", "connect_timeout is a whole number"),
        ("sslrootcert=system sslmode=require", "verify-full"),
        ("sslnegotiation=direct sslmode=prefer", "require or stronger"),
    ],
)
def test_wrong_values(dsn: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        resolved(dsn)


@pytest.mark.parametrize(
    "dsn",
    [
        "gssencmode=require",
        "channel_binding=require",
        "require_auth=scram-sha-256",
        "requirepeer=postgres",
        "client_encoding=LATIN1",
        "replication=database",
        "gssdelegation=1",
        "min_protocol_version=3.2",
        "oauth_issuer=https://x",
        "scram_client_key=abc",
    ],
)
def test_what_the_driver_cannot_do_is_refused_by_name(dsn: str) -> None:
    name = dsn.partition("=")[0]
    with pytest.raises(UsageError, match=f"libpq's {name}=.* cannot be honoured"):
        resolved(dsn)


def test_a_refusal_names_the_place_and_no_secret() -> None:
    with pytest.raises(UsageError, match="environment PGGSSENCMODE"):
        resolved("host=a", PGGSSENCMODE="require")
    with pytest.raises(UsageError) as caught:
        resolved("oauth_client_secret=s3cr3t")
    assert "s3cr3t" not in str(caught.value)


@pytest.mark.parametrize(
    "harmless", ["gssencmode=prefer", "client_encoding=auto", "channel_binding=prefer", "replication=off"]
)
def test_what_changes_nothing_is_accepted(harmless: str) -> None:
    resolved(harmless)


@pytest.mark.parametrize(
    ("dsn", "environ", "mode"),
    [
        ("host=db.example.com", {}, "verify-full"),
        ("host=10.1.2.3", {}, "verify-full"),
        ("host=db.example.com sslmode=require", {}, "require"),
        ("host=db.example.com", {"PGSSLMODE": "disable"}, "disable"),
        ("host=db.example.com", {"PGREQUIRESSL": "1"}, "require"),
        ("host=db.example.com sslrootcert=system", {}, "verify-full"),
        ("host=localhost", {}, "prefer"),
        ("host=127.0.0.1", {}, "prefer"),
        ("host=::1", {}, "prefer"),
        ("host=/run/pg sslmode=verify-full", {}, "disable"),
        # The name is this machine's, the address is not.
        ("host=localhost hostaddr=10.1.2.3", {}, "verify-full"),
    ],
)
def test_a_remote_server_proves_who_it_is_unless_somebody_said_otherwise(
    dsn: str, environ: Mapping[str, str], mode: str
) -> None:
    found = resolved(dsn, **environ)
    assert found.tls.mode_for(found.hosts[0]) == mode


def test_passwords_are_in_no_repr() -> None:
    found = resolved("host=a password=s3cr3t sslpassword=s3cr3t")
    assert found.password is not None
    assert found.password.reveal() == "s3cr3t"
    assert "s3cr3t" not in repr(found) + str(found) + repr(ConnectionSource("x", Secret("password=s3cr3t")))
    assert found.parameters["password"] == "********"


def test_a_dsn_alone_reads_no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGHOST", "elsewhere")
    monkeypatch.setenv("PGPASSWORD", "leftover")
    found = target("postgresql://me@db/app")
    assert (where(found), found.password) == ("me@db:5432/app", None)


def test_a_server_on_this_machine_is_found_by_its_socket() -> None:
    host = resolved("user=me").hosts[0]
    assert host.is_socket or host.name == "localhost"
    assert host.port == 5432


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[other]\nhost=a\n", "no \\[app\\]"),
        ("[app]\nhots=a\n", "line 2"),
        ("[app]\nhost\n", "line 2"),
        ("[app]\nservice=b\n", "line 2"),
        ("[app]\nldap://x\n", "LDAP"),
    ],
)
def test_wrong_service_files(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "s").write_text(text)
    with pytest.raises(UsageError, match=said):
        resolved("service=app", PGSERVICEFILE=str(tmp_path / "s"), PGSYSCONFDIR=str(tmp_path))


def test_services_as_libpq_reads_them(tmp_path: Path) -> None:
    system = tmp_path / "pg_service.conf"
    system.write_text("[sys]\nhost=from-system\n")
    home = tmp_path / "home"
    home.mkdir()
    (home / ".pg_service.conf").write_text(
        "# comment\n\n[first]\nhost=no\n[app]\n  host=yes  \nport=1\nport=2\n[app]\nhost=late\nuser=late\n"
    )
    environ = {"HOME": str(home), "PGSYSCONFDIR": str(tmp_path), "PGUSER": "me"}
    found = resolve([ConnectionSource("x", Secret("service=app"))], environ)
    assert where(found) == "me@yes:1/me"  # the first [app], the first port
    found = resolve([ConnectionSource("x", Secret("service=sys"))], environ)
    assert where(found) == "me@from-system:5432/me"
    with pytest.raises(UsageError, match="Service file not found"):
        resolve([ConnectionSource("x", Secret("service=app"))], {**environ, "PGSERVICEFILE": str(tmp_path / "absent")})


def test_a_password_file_open_to_others_is_ignored_with_a_warning(tmp_path: Path) -> None:
    file = tmp_path / "pgpass"
    file.write_text("*:*:*:*:secret\n")
    file.chmod(0o644)
    found = resolved("host=a", PGPASSFILE=str(file))
    assert "group or world access" in found.warnings[0]
    file.chmod(0o600)
    assert resolved("host=a", PGPASSFILE=str(file)).warnings == ()
    assert os.fspath(resolved("host=a", PGPASSFILE=str(file)).passfile or "") == str(file)
