"""libpq's connection parameters: which we honour, which ask for what happens anyway, and which we must refuse.

asyncpg is not libpq. A parameter that it cannot honour is refused by name unless its value changes
nothing: a silent `gssencmode=require` would be a promise broken.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

# Parameter -> its environment variable ("" where libpq has none). All of PostgreSQL 18's libpq.
ENVIRONMENT: Final[Mapping[str, str]] = MappingProxyType(
    {
        "host": "PGHOST",
        "hostaddr": "PGHOSTADDR",
        "port": "PGPORT",
        "dbname": "PGDATABASE",
        "user": "PGUSER",
        "password": "PGPASSWORD",
        "passfile": "PGPASSFILE",
        "service": "PGSERVICE",
        "servicefile": "PGSERVICEFILE",
        "options": "PGOPTIONS",
        "application_name": "PGAPPNAME",
        "fallback_application_name": "",
        "connect_timeout": "PGCONNECT_TIMEOUT",
        "target_session_attrs": "PGTARGETSESSIONATTRS",
        "load_balance_hosts": "PGLOADBALANCEHOSTS",
        "keepalives": "",
        "keepalives_idle": "",
        "keepalives_interval": "",
        "keepalives_count": "",
        "tcp_user_timeout": "",
        "sslmode": "PGSSLMODE",
        "sslnegotiation": "PGSSLNEGOTIATION",
        "sslrootcert": "PGSSLROOTCERT",
        "sslcert": "PGSSLCERT",
        "sslkey": "PGSSLKEY",
        "sslpassword": "",
        "sslcertmode": "PGSSLCERTMODE",
        "sslcrl": "PGSSLCRL",
        "sslcrldir": "PGSSLCRLDIR",
        "sslsni": "PGSSLSNI",
        "sslkeylogfile": "",
        "ssl_min_protocol_version": "PGSSLMINPROTOCOLVERSION",
        "ssl_max_protocol_version": "PGSSLMAXPROTOCOLVERSION",
        "krbsrvname": "PGKRBSRVNAME",
        "gsslib": "PGGSSLIB",
        # Honoured only in the values below.
        "client_encoding": "PGCLIENTENCODING",
        "gssencmode": "PGGSSENCMODE",
        "gssdelegation": "PGGSSDELEGATION",
        "sslcompression": "PGSSLCOMPRESSION",
        "requiressl": "PGREQUIRESSL",
        "channel_binding": "PGCHANNELBINDING",
        "require_auth": "PGREQUIREAUTH",
        "requirepeer": "PGREQUIREPEER",
        "replication": "",
        "min_protocol_version": "PGMINPROTOCOLVERSION",
        "max_protocol_version": "PGMAXPROTOCOLVERSION",
        "scram_client_key": "",
        "scram_server_key": "",
        "oauth_issuer": "",
        "oauth_client_id": "",
        "oauth_client_secret": "",
        "oauth_scope": "",
    }
)

KNOWN: Final = frozenset(ENVIRONMENT)

SECRET: Final = frozenset({"password", "sslpassword", "oauth_client_secret", "scram_client_key", "scram_server_key"})

# Parameter -> (the values that ask for what happens anyway, why any other cannot be honoured).
_ONLY: Final[Mapping[str, tuple[frozenset[str], str]]] = MappingProxyType(
    {
        "client_encoding": (frozenset({"auto", "utf8", "utf-8", "unicode"}), "gbtui always speaks UTF-8"),
        "gssencmode": (frozenset({"disable", "prefer"}), "the driver has no GSSAPI encryption"),
        "gssdelegation": (frozenset({"0"}), "the driver delegates no credentials"),
        "sslcompression": (frozenset({"0", "1"}), ""),  # libpq itself ignores it since 14
        "requiressl": (frozenset({"0", "1"}), "it is 0 or 1"),
        "channel_binding": (frozenset({"disable", "prefer"}), "the driver has no channel binding"),
        "require_auth": (frozenset(), "the driver cannot restrict how the server asks for the password"),
        "requirepeer": (frozenset(), "the driver does not look at the owner of the server's process"),
        "replication": (frozenset({"0", "off", "no", "false"}), "gbtui opens no replication connections"),
        "min_protocol_version": (frozenset({"3.0"}), "the driver speaks protocol 3.0"),
        "max_protocol_version": (frozenset({"3.0", "3.2", "latest"}), "the driver speaks protocol 3.0"),
        "scram_client_key": (frozenset(), "the driver takes passwords, not SCRAM keys"),
        "scram_server_key": (frozenset(), "the driver takes passwords, not SCRAM keys"),
        "oauth_issuer": (frozenset(), "the driver has no OAuth"),
        "oauth_client_id": (frozenset(), "the driver has no OAuth"),
        "oauth_client_secret": (frozenset(), "the driver has no OAuth"),
        "oauth_scope": (frozenset(), "the driver has no OAuth"),
    }
)


def refusal(name: str, value: str) -> str | None:
    """Why this value cannot be honoured, as the end of a sentence; None if it can (or asks for nothing)."""
    allowed, reason = _ONLY.get(name, (frozenset(), ""))
    if not value or name not in _ONLY or value.lower() in allowed:
        return None
    return reason
