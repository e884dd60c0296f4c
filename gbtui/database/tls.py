"""libpq's sslmode and its files, as an SSLContext."""

import ssl
import stat
from pathlib import Path
from typing import Any

from gbtui.database.target import Host, Tls
from gbtui.errors import RefusedError, UsageError

# Required by PostgreSQL 17 and later for direct TLS, harmless otherwise.
_ALPN = ["postgresql"]
_VERSIONS = {
    "TLSv1": ssl.TLSVersion.TLSv1,
    "TLSv1.1": ssl.TLSVersion.TLSv1_1,
    "TLSv1.2": ssl.TLSVersion.TLSv1_2,
    "TLSv1.3": ssl.TLSVersion.TLSv1_3,
}
RELAX = (
    "nobody named an sslmode, so a remote server must prove who it is: name its authority with sslrootcert=FILE, "
    "or accept less with sslmode=require"
)


class _Context(ssl.SSLContext):
    """A context that checks the certificate against the name asked for, also when hostaddr led elsewhere."""

    name: str | None = None

    def wrap_bio(self, *args: Any, **kwargs: Any) -> ssl.SSLObject:
        kwargs["server_hostname"] = self.name
        return super().wrap_bio(*args, **kwargs)


def context(tls: Tls, host: Host) -> ssl.SSLContext | None:
    """How to speak TLS with this host; None for sslmode=disable and for sockets.

    UsageError where a file is missing, or a private key can be read by others.
    """
    mode = tls.mode_for(host)
    if mode == "disable":
        return None
    made = _Context(ssl.PROTOCOL_TLS_CLIENT)
    made.name = host.name if tls.server_name else None
    made.check_hostname = mode == "verify-full"
    if made.check_hostname and not tls.server_name:
        raise UsageError("Cannot connect as asked", "sslsni=0 cannot be honoured together with sslmode=verify-full")
    made.verify_mode = ssl.CERT_REQUIRED if _verifies(tls, mode) else ssl.CERT_NONE
    made.minimum_version = _VERSIONS[tls.minimum]
    made.maximum_version = _VERSIONS[tls.maximum]
    made.set_alpn_protocols(_ALPN)
    if made.verify_mode is ssl.CERT_REQUIRED:
        _load_authorities(made, tls, mode)
    _load_certificate(made, tls)
    if tls.key_log:
        made.keylog_filename = tls.key_log
    return made


def _verifies(tls: Tls, mode: str) -> bool:
    # As libpq for old times' sake: a root certificate that is there makes require as strong as verify-ca.
    return mode in ("verify-ca", "verify-full") or (mode == "require" and bool(tls.root))


def _load_authorities(made: ssl.SSLContext, tls: Tls, mode: str) -> None:
    if tls.root and tls.root != "system":
        _load(made, tls.root, "root certificate")
    elif mode == "verify-full":
        made.load_default_certs()
    else:
        raise UsageError(
            "Root certificate missing",
            "sslmode=verify-ca needs sslrootcert=FILE or ~/.postgresql/root.crt",
            "with the system's authorities only sslmode=verify-full means anything",
        )
    if tls.revoked:
        _load(made, tls.revoked, "revocation list")
    if tls.revoked_dir:
        made.load_verify_locations(capath=tls.revoked_dir)
    if tls.revoked or tls.revoked_dir:
        made.verify_flags |= ssl.VERIFY_CRL_CHECK_CHAIN


def _load(made: ssl.SSLContext, file: str, what: str) -> None:
    try:
        made.load_verify_locations(cafile=file)
    except (OSError, ssl.SSLError) as exc:
        raise UsageError(f"Cannot read the {what}", f"{file}: {exc.strerror or exc}") from None


def _load_certificate(made: ssl.SSLContext, tls: Tls) -> None:
    if tls.certificate_mode == "require":
        raise UsageError(
            "Cannot connect as asked",
            "sslcertmode=require cannot be honoured: the driver cannot see whether it was used",
        )
    if not tls.certificate or tls.certificate_mode == "disable":
        return
    _check_key(tls.key)
    secret = tls.key_password
    try:
        # A function, so that OpenSSL never asks the terminal.
        made.load_cert_chain(tls.certificate, tls.key or None, lambda: secret.reveal() if secret else "")
    except (OSError, ssl.SSLError) as exc:
        raise RefusedError("Cannot use the client certificate", f"{tls.certificate}: {exc.strerror or exc}") from None


def _check_key(file: str) -> None:
    """libpq's rule: nobody else may read a key; a key that root owns may be readable by its group."""
    if not file:
        return
    try:
        info = Path(file).stat()
    except OSError as exc:
        raise UsageError("Cannot read the private key", f"{file}: {exc.strerror}") from None
    forbidden = (stat.S_IRWXG | stat.S_IRWXO) if info.st_uid else (stat.S_IWGRP | stat.S_IXGRP | stat.S_IRWXO)
    if info.st_mode & forbidden:
        raise UsageError("Private key open to others", f"{file} has group or world access", f"chmod 0600 {file}")
