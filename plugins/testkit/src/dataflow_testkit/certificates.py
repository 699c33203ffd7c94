"""Certificates of a test's own, made by ``openssl``."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import attrs

from dataflow_testkit.throwaway import place_of


@attrs.frozen
class Authority:
    """Signs certificates. ``root`` is the file that tells whom to trust."""

    user: str
    place: Path
    root: Path

    @classmethod
    def made(cls, user: str = "postgres") -> Authority:
        """A new one, whose files a server that runs as ``user`` may read."""
        place = place_of(user)
        _openssl(place, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={place.name}",
                 "-keyout", "root.key", "-out", "root.pem")  # fmt: skip
        return cls(user, place, place / "root.pem")

    def certificate(self, address: str) -> tuple[Path, Path]:
        """A certificate for a server at an address, and its key."""
        _openssl(self.place, "req", "-newkey", "rsa:2048", "-nodes", "-subj", f"/CN={address}",
                 "-keyout", "server.key", "-out", "server.csr")  # fmt: skip
        (self.place / "names").write_text(f"subjectAltName=IP:{address}\n")
        _openssl(self.place, "x509", "-req", "-days", "2", "-in", "server.csr", "-extfile", "names",
                 "-CA", "root.pem", "-CAkey", "root.key", "-CAcreateserial", "-out", "server.pem")  # fmt: skip
        certificate, key = self.place / "server.pem", self.place / "server.key"
        key.chmod(0o600)
        if os.geteuid() == 0:
            shutil.chown(key, self.user, self.user)
        return certificate, key

    def remove(self) -> None:
        shutil.rmtree(self.place, ignore_errors=True)


def _openssl(place: Path, *arguments: str) -> None:
    found = shutil.which("openssl")
    assert found is not None, "openssl is not installed"
    subprocess.run([found, *arguments], cwd=place, check=True, capture_output=True)
