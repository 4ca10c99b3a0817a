"""The process that keeps one embedded PostgreSQL for all who use it.

Started by `gateway.store.embedded`. Whoever uses the server holds a shared lock on the file
`users`; the kernel drops it when the user ends, however it ends. When the keeper gets that lock for
itself, nobody is left: it stops PostgreSQL and ends.
PostgreSQL is its child and is told to shut down if the keeper itself is killed (on Linux).
"""

import contextlib
import ctypes
import fcntl
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from gateway.store.account import UNPRIVILEGED, Account

PR_SET_PDEATHSIG = 1
PATIENCE = 60
# How long a server may take to shut down: it has no more than its shared buffers to write.
SHUTDOWN = 10
PORT = 5432
MARKER = "initialised"
LONGEST_SOCKET_DIRECTORY = 90
# PostgreSQL and its drivers cut lists of directories at commas and quotes.
PLAIN_PATH = re.compile(r"[\w ./+-]+", re.ASCII)
REFUSED = 1
ANOTHER_KEEPER = 75


def lock(path: Path, operation: int) -> int:
    """An open file that holds the lock until it is closed or the process ends."""
    file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(file, operation)
    except OSError:
        os.close(file)
        raise
    return file


def only_keeper(data_dir: Path) -> bool:
    """Be the keeper until this process ends, which is how others see that there is one."""
    for _ in range(50):
        try:
            lock(data_dir / "keeper", fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            # A keeper, or just somebody who looked whether there is one.
            time.sleep(0.02)
        else:
            return True
    return False


def why_not(cluster: Path) -> str | None:
    """Why the directory must not be touched: it may hold what is somebody else's."""
    if not cluster.exists():
        return f"{cluster} points to data that are gone" if cluster.is_symlink() else None
    owner = cluster.stat().st_uid
    if os.geteuid() == 0 and owner not in {0, UNPRIVILEGED}:
        return f"{cluster} belongs to the user {owner}: run the gateway as that user"
    if any(cluster.iterdir()) and not (cluster / MARKER).exists():
        return f"{cluster} was not made by the gateway: set GATEWAY_DATA_DIR to another directory"
    return None


def noted_pid(cluster: Path) -> int | None:
    """The process that the cluster's pid file names, if there is one now."""
    try:
        pid = int((cluster / "postmaster.pid").read_text().split("\n", 1)[0])
        os.kill(pid, 0)
    except (OSError, ValueError):
        return None
    return pid


def is_server(pid: int, cluster: Path) -> bool:
    """Whether it is the cluster's server: a number from before a crash may be another's now."""
    if sys.platform.startswith("linux"):
        try:
            command = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ")
        except OSError:
            return False
    else:
        ps = ["ps", "-ww", "-o", "args=", "-p", str(pid)]
        command = subprocess.run(ps, capture_output=True, check=False).stdout  # noqa: S603
    return b" -D " + os.fsencode(cluster) + b" -k " in command


def servers(cluster: Path) -> list[int]:
    """The cluster's server, or what is left of one that was killed (on Linux)."""
    pid = noted_pid(cluster)
    if pid is not None and is_server(pid, cluster):
        return [pid]
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            at_home = (process / "cwd").readlink() == cluster
            if at_home and (process / "exe").readlink().name.startswith("postgres"):
                found.append(int(process.name))
    return found


def end_orphan(cluster: Path) -> None:
    """End a server whose keeper was killed, before another one writes to the same files."""
    give_up = time.monotonic() + PATIENCE
    asked: set[int] = set()
    while pids := servers(cluster):
        late = time.monotonic() > give_up
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                if late or pid not in asked:
                    os.kill(pid, signal.SIGQUIT if late else signal.SIGINT)
        asked.update(pids)
        time.sleep(0.02)
    if noted_pid(cluster) is not None:
        # PostgreSQL would take that process for a server; of a dead one it makes sure itself.
        (cluster / "postmaster.pid").unlink(missing_ok=True)


def _die_with_parent(parent: int, order: signal.Signals) -> None:
    """After the change of user, which would forget it."""
    if sys.platform.startswith("linux"):
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, order, 0, 0, 0)
        if os.getppid() != parent:
            os._exit(1)


def run(account: Account, arguments: list[str], order: signal.Signals = signal.SIGINT) -> int:
    """Start a program as the account, which gets that signal if we end; the child's pid."""
    parent = os.getpid()
    pid = os.fork()
    if pid:
        return pid
    try:
        # Python's own handlers would swallow a signal that comes just before the program does.
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        account.become()
        _die_with_parent(parent, order)
        os.execv(arguments[0], arguments)  # noqa: S606
    except OSError as error:
        os.write(2, f"{arguments[0]}: {error}\n".encode())
    os._exit(127)


def initialise(account: Account) -> int:
    """Make the cluster, unless it stands: aside, so that a half-made one never takes its place."""
    cluster = account.cluster
    aside = f"{cluster.name}.unfinished-"
    for left in cluster.parent.glob(f"{aside}*"):
        shutil.rmtree(left, ignore_errors=True)
    if (cluster / MARKER).exists():
        return 0
    fresh = Path(tempfile.mkdtemp(prefix=aside, dir=cluster.parent))
    account.give(fresh)
    initdb = [
        account.program("initdb"),
        f"--pgdata={fresh}",
        "--username=gateway_owner",
        "--auth=trust",
        "--encoding=UTF8",
        "--locale=C",
        "--locale-provider=builtin",
        "--builtin-locale=C.UTF-8",
        "--no-instructions",
    ]
    pid = run(account, initdb, signal.SIGKILL)
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    if status == 0:
        (fresh / MARKER).touch()
        account.give(fresh / MARKER)
        fresh.rename(cluster)
    return status


def socket_directory(data_dir: Path, account: Account) -> Path:
    """Where the server's socket lies: beside the data, if a socket's path can be so long and is
    within PostgreSQL's reach; else in a fresh directory that only its account may enter.
    """
    before = data_dir / "address.before"
    beside = data_dir / "sockets"
    with contextlib.suppress(OSError):
        shutil.rmtree(os.fsdecode(before.read_bytes()))
    # A lock file left beside a socket names a process, which may be another's now.
    shutil.rmtree(beside, ignore_errors=True)
    short = len(os.fsencode(beside)) <= LONGEST_SOCKET_DIRECTORY
    if short and PLAIN_PATH.fullmatch(str(beside)) and not account.stranger:
        beside.mkdir(mode=0o700)
        return beside
    apart = Path(tempfile.mkdtemp(prefix="gateway-", dir="/tmp"))
    account.give(apart)
    return apart


def start(data_dir: Path, account: Account, settings: tuple[str, ...]) -> tuple[int, Path]:
    """PostgreSQL's pid and its sockets' directory, which is published for its users."""
    sockets = socket_directory(data_dir, account)
    arguments = [account.program("postgres"), "-D", str(account.cluster), "-k", str(sockets)]
    fixed = ("listen_addresses=", "unix_socket_permissions=0700", f"port={PORT}")
    for value in (*fixed, *settings):
        arguments += ["-c", value]
    postgres = run(account, arguments)
    fresh = data_dir / f"address.{os.getpid()}"
    fresh.write_bytes(os.fsencode(sockets))
    fresh.rename(data_dir / "address")
    return postgres, sockets


def main(directory: str, install: str, *settings: str) -> int:
    os.umask(0o077)
    data_dir = Path(directory)
    if not only_keeper(data_dir):
        return ANOTHER_KEEPER
    cluster = data_dir / "postgresql"
    if reason := why_not(cluster):
        sys.stderr.write(f"{reason}.\n")
        return REFUSED
    account = Account(Path(install), cluster)
    end_orphan(account.cluster)
    if status := initialise(account):
        return status
    postgres, sockets = start(data_dir, account, settings)

    def stop(*_: object) -> None:
        os.kill(postgres, signal.SIGINT)

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)

    def stop_when_unused() -> None:
        lock(data_dir / "users", fcntl.LOCK_EX)
        for _ in range(SHUTDOWN):  # a server that has only just been started may not hear it yet
            stop()
            time.sleep(1)
        # PostgreSQL 18 hangs if it is told to stop while it recovers from a backend's crash. Ended
        # at once it loses nothing: the next start recovers.
        while True:
            os.kill(postgres, signal.SIGQUIT)
            time.sleep(1)

    threading.Thread(target=stop_when_unused, daemon=True).start()
    status = os.waitstatus_to_exitcode(os.waitpid(postgres, 0)[1])
    (data_dir / "address").unlink(missing_ok=True)
    shutil.rmtree(sockets, ignore_errors=True)
    return status


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
