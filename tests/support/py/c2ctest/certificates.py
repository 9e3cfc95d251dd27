"""Certificates with a fault of one's choice, made with the openssl command."""

from __future__ import annotations

from pathlib import Path

from .processes import run

# What `openssl ca` wants; the only command that takes the first day of a certificate.
_OFFICE = """\
[ca]
default_ca = office
[office]
database = {folder}/database
serial = {folder}/serial
new_certs_dir = {folder}
default_md = sha256
policy = any
[any]
commonName = supplied
"""


def _openssl(*words: str | Path) -> None:
    done = run(["openssl", *words])
    assert done.code == 0, done.err


class Authority:
    """Signs itself, and others. `above`: the authority that signs it instead."""

    def __init__(self, folder: Path, name: str, above: Authority | None = None) -> None:
        self.folder = folder
        self.certificate, self.key = folder / f"{name}.pem", folder / f"{name}.key"
        if above is None:
            key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", self.key]
            _openssl("req", "-x509", *key, "-out", self.certificate, "-days", "9", "-subj", f"/CN={name}")
        else:
            above.sign(name, self.certificate, self.key)

    def sign(self, name: str, certificate: Path, key: Path, first: str = "20200101000000Z", last: str = "20990101000000Z") -> None:
        office = self.folder / "office"
        office.mkdir(exist_ok=True)
        (office / "database").write_text("")
        (office / "serial").write_text("01\n")
        (office / "ca.cnf").write_text(_OFFICE.format(folder=office))
        curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", key]
        _openssl("req", "-new", *curve, "-out", office / "request", "-subj", f"/CN={name}")
        words = ["-cert", self.certificate, "-keyfile", self.key, "-in", office / "request", "-out", certificate]
        dates = ["-startdate", first, "-enddate", last]
        _openssl("ca", "-batch", "-notext", "-config", office / "ca.cnf", *words, *dates)
