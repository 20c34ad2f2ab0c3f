"""A PostgreSQL server of the tests' own: a temporary folder, a free port, an unprivileged user."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg

PASSWORD = "s3cret-Zürich"


@dataclass
class Server:
    """A running server, and how to reach it."""

    port: int
    _control: list[str]
    _as: dict

    def address(
        self,
        user: str = "analyst",
        password: str = PASSWORD,
        database: str = "postgres",
        port: int = 0,
    ) -> str:
        return f"postgresql://{user}:{password}@127.0.0.1:{port or self.port}/{database}"

    def run(self, *statements: str) -> None:
        with psycopg.connect(self.address(), autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement)

    def stop(self) -> None:
        subprocess.run(
            [*self._control, "-m", "immediate", "stop"],
            check=False,
            capture_output=True,
            **self._as,
        )

    def start(self) -> None:
        subprocess.run(
            [*self._control, "-w", "start"], check=True, stdout=subprocess.DEVNULL, **self._as
        )


def binaries() -> Path | None:
    """Where the server's programs are; Debian keeps them off the path."""
    found = shutil.which("initdb")
    folders = (
        [Path(found).parent]
        if found
        else sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    )
    return next((folder for folder in folders if (folder / "initdb").exists()), None)


@contextlib.contextmanager
def server() -> Iterator[Server]:
    """Bring a server up and take it down again; initdb refuses root, so root lends the folder to nobody."""
    folder = binaries()
    assert folder is not None
    with (
        tempfile.TemporaryDirectory(prefix="keyacct-pg-", ignore_cleanup_errors=True) as name,
        socket.socket() as free,
    ):
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        free.close()
        home = Path(name)
        (home / "password").write_text(PASSWORD, encoding="utf-8")
        other: dict = {"cwd": name}
        if os.geteuid() == 0:
            other |= {"user": "nobody", "group": "nogroup", "extra_groups": []}
            for path in (home, home / "password"):
                shutil.chown(path, "nobody", "nogroup")
        init = [
            str(folder / "initdb"),
            "-D",
            f"{name}/data",
            "-U",
            "analyst",
            "-A",
            "scram-sha-256",
            "-E",
            "UTF8",
            "--no-sync",
        ]
        subprocess.run(
            [*init, f"--pwfile={name}/password"], check=True, capture_output=True, **other
        )
        options = f"-p {port} -k {name} -c listen_addresses=127.0.0.1 -c fsync=off"
        control = [str(folder / "pg_ctl"), "-D", f"{name}/data", "-l", f"{name}/log", "-o", options]
        running = Server(port, control, other)
        running.start()
        try:
            yield running
        finally:
            running.stop()
