"""The process that keeps one embedded PostgreSQL for all who use it.

Run as a script by `gateway.store.embedded`, with the standard library only. Whoever uses the
server holds a shared lock on the file `users`; the kernel drops it when the user ends, however it
ends. When the keeper gets that lock for itself, nobody is left: it stops PostgreSQL and ends.
PostgreSQL is its child and is told to shut down if the keeper itself is killed (on Linux).
"""

import ctypes
import fcntl
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

PR_SET_PDEATHSIG = 1
CLONE_NEWUSER = 0x10000000
UNPRIVILEGED = 65534
NAMESPACE_UID = 1000
PATIENCE = 60
LONGEST_SOCKET_DIRECTORY = 90
ANOTHER_KEEPER = 75
NO_NAMESPACES = "GATEWAY_KEEPER_WITHOUT_NAMESPACES"


def lock(path: Path, operation: int) -> int:
    """An open file that holds the lock until it is closed or the process ends."""
    file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(file, operation)
    except OSError:
        os.close(file)
        raise
    return file


def running_pid(cluster: Path) -> int | None:
    """The postmaster of this cluster that is alive, if there is one."""
    try:
        pid = int((cluster / "postmaster.pid").read_text().split("\n", 1)[0])
        os.kill(pid, 0)
    except (OSError, ValueError):
        return None
    try:
        executable = Path(f"/proc/{pid}/exe").readlink().name
    except FileNotFoundError:
        return pid if sys.platform != "linux" else None
    except OSError:
        return pid
    return pid if executable.startswith("postgres") else None


def end_orphan(cluster: Path) -> None:
    """End a server whose keeper was killed; forget the pid file of one that a crash left."""
    give_up = time.monotonic() + PATIENCE
    signalled = False
    while (pid := running_pid(cluster)) is not None:
        if not signalled:
            os.kill(pid, signal.SIGINT)
            signalled = True
        if time.monotonic() > give_up:
            os.kill(pid, signal.SIGQUIT)
            give_up += PATIENCE
        time.sleep(0.02)
    (cluster / "postmaster.pid").unlink(missing_ok=True)


class Account:
    """As whom PostgreSQL, which refuses to run as root, is run, and from which binaries.

    As root: in a user namespace of its own, where root's files are those of an ordinary user.
    Where the kernel forbids that: as the user `nobody`, with binaries and data where it can reach.
    """

    def __init__(self, install: Path, cluster: Path) -> None:
        self.install = install
        self.cluster = cluster
        root = os.geteuid() == 0
        self.namespace = root and _namespaces_work()
        self.stranger = root and not self.namespace
        if self.stranger:
            self._move_to_reach()
        if root:
            self._own(UNPRIVILEGED if self.stranger else 0)

    def program(self, name: str) -> str:
        return str(self.install / "bin" / name)

    def become(self) -> None:
        """In the child, between fork and exec."""
        if self.namespace:
            _enter_namespace()
        elif self.stranger:
            os.setgroups([])
            os.setgid(UNPRIVILEGED)
            os.setuid(UNPRIVILEGED)

    def _move_to_reach(self) -> None:
        os.umask(0o022)
        home = Path("/var/lib/call-statistics-gateway")
        home.mkdir(mode=0o755, exist_ok=True)
        shared = home / "postgresql" / str(int(self.install.stat().st_mtime))
        if not shared.exists():
            fresh = shared.with_name(f"{shared.name}.{os.getpid()}")
            fresh.mkdir(mode=0o755, parents=True)
            package = self.install.parent
            shutil.copytree(self.install, fresh / package.name / self.install.name, symlinks=True)
            libraries = package.with_name(f"{package.name}.libs")
            if libraries.is_dir():
                shutil.copytree(libraries, fresh / libraries.name, symlinks=True)
            subprocess.run(["chmod", "-R", "a+rX", str(fresh)], check=True)  # noqa: S603, S607
            fresh.rename(shared)
        self.install = shared / self.install.parent.name / self.install.name
        if not _reachable(self.cluster.parent):
            named = home / "data" / str(self.cluster).strip("/").replace("/", "-")
            named.parent.mkdir(mode=0o711, exist_ok=True)
            if not self.cluster.is_symlink() and self.cluster.exists():
                shutil.move(self.cluster, named)
            named.mkdir(mode=0o700, exist_ok=True)
            self.cluster.unlink(missing_ok=True)
            self.cluster.symlink_to(named)
            self.cluster = named
        os.umask(0o077)

    def _own(self, uid: int) -> None:
        self.cluster.mkdir(mode=0o700, exist_ok=True)
        if self.cluster.stat().st_uid != uid:
            for directory, names, files in os.walk(self.cluster):
                for name in [*names, *files]:
                    os.lchown(Path(directory) / name, uid, uid)
            os.chown(self.cluster, uid, uid)


def _namespaces_work() -> bool:
    if not sys.platform.startswith("linux") or os.environ.get(NO_NAMESPACES):
        return False
    pid = os.fork()
    if pid == 0:
        try:
            _enter_namespace()
            os._exit(0)
        except OSError:
            os._exit(1)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0


def _enter_namespace() -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWUSER) != 0:
        raise OSError(ctypes.get_errno(), "unshare")
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/gid_map").write_text(f"{NAMESPACE_UID} 0 1")
    Path("/proc/self/uid_map").write_text(f"{NAMESPACE_UID} 0 1")


def _reachable(directory: Path) -> bool:
    return all(parent.stat().st_mode & 0o001 for parent in [directory, *directory.parents])


def _die_with_parent(parent: int) -> None:
    """After the change of user, which would forget it."""
    if sys.platform.startswith("linux"):
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGINT, 0, 0, 0)
        if os.getppid() != parent:
            os._exit(1)


def run(account: Account, arguments: list[str]) -> int:
    """Start a program as the account; the child's pid."""
    parent = os.getpid()
    pid = os.fork()
    if pid:
        return pid
    try:
        account.become()
        _die_with_parent(parent)
        os.execv(arguments[0], arguments)  # noqa: S606
    except OSError as error:
        os.write(2, f"{arguments[0]}: {error}\n".encode())
    os._exit(127)


def initialise(account: Account) -> int:
    """Make the cluster, unless it stands; a half-made one is thrown away."""
    if (account.cluster / "initialised").exists():
        return 0
    for entry in account.cluster.iterdir():
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry)
        else:
            entry.unlink()
    initdb = [
        account.program("initdb"),
        f"--pgdata={account.cluster}",
        "--username=gateway_owner",
        "--auth=trust",
        "--encoding=UTF8",
        "--locale-provider=builtin",
        "--builtin-locale=C.UTF-8",
        "--lc-messages=C",
        "--no-instructions",
    ]
    status = os.waitstatus_to_exitcode(os.waitpid(run(account, initdb), 0)[1])
    if status == 0:
        marker = account.cluster / "initialised"
        marker.write_text("")
        owner = account.cluster.stat()
        os.chown(marker, owner.st_uid, owner.st_gid)
    return status


def socket_directory(data_dir: Path, account: Account) -> Path:
    """Where the server's socket lies: beside the data, if the path is short enough for a socket
    and within PostgreSQL's reach; else in a fresh directory that only its account may enter.
    """
    beside = data_dir / "sockets"
    if len(bytes(beside)) <= LONGEST_SOCKET_DIRECTORY and not account.stranger:
        beside.mkdir(mode=0o700, exist_ok=True)
        return beside
    apart = Path(tempfile.mkdtemp(prefix="gateway-"))
    if account.stranger:
        os.chown(apart, UNPRIVILEGED, UNPRIVILEGED)
    return apart


def main(data_dir: Path, install: Path, *settings: str) -> int:
    os.umask(0o077)
    try:
        # Held until this process ends: that it is taken tells the others that a keeper is there.
        lock(data_dir / "keeper", fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return ANOTHER_KEEPER
    cluster = data_dir / "postgresql"
    cluster.mkdir(mode=0o700, exist_ok=True)
    account = Account(install, cluster)
    end_orphan(account.cluster)
    status = initialise(account)
    if status:
        return status
    sockets = socket_directory(data_dir, account)
    arguments = [account.program("postgres"), "-D", str(account.cluster), "-k", str(sockets)]
    for value in ("listen_addresses=", "unix_socket_permissions=0700", *settings):
        arguments += ["-c", value]
    postgres = run(account, arguments)
    address = data_dir / "address"
    fresh = address.with_name(f"address.{os.getpid()}")
    fresh.write_text(str(sockets))
    fresh.rename(address)

    def stop(*_: object) -> None:
        os.kill(postgres, signal.SIGINT)

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)

    def stop_when_unused() -> None:
        lock(data_dir / "users", fcntl.LOCK_EX)
        stop()

    threading.Thread(target=stop_when_unused, daemon=True).start()
    status = os.waitstatus_to_exitcode(os.waitpid(postgres, 0)[1])
    address.unlink(missing_ok=True)
    if sockets.parent != data_dir:
        shutil.rmtree(sockets, ignore_errors=True)
    return status


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2]), *sys.argv[3:]))
