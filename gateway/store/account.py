"""As whom PostgreSQL, which refuses to run as root, is run, and where its files lie then."""

import ctypes
import os
import secrets
import shutil
import subprocess
import sys
from pathlib import Path

CLONE_NEWUSER = 0x10000000
UNPRIVILEGED = 65534
NAMESPACE_UID = 1000
NO_NAMESPACES = "GATEWAY_KEEPER_WITHOUT_NAMESPACES"
HOME = Path("/var/lib/call-statistics-gateway")


class Account:
    """An ordinary user: the one who starts the keeper.

    As root: in a user namespace of its own, where root's files are those of an ordinary user.
    Where the kernel forbids that: as the user `nobody`, with binaries and data where it can reach.
    """

    def __init__(self, install: Path, cluster: Path) -> None:
        self.install = install
        self.cluster = cluster.resolve()
        root = os.geteuid() == 0
        self.namespace = root and _namespaces_work()
        self.stranger = root and not self.namespace
        self.uid = UNPRIVILEGED if self.stranger else os.geteuid()
        if self.stranger:
            self.install = _shared_copy(install)
            if not _reachable(self.cluster.parent):
                self.cluster = _moved_to_reach(cluster)
        if root and self.cluster.exists():
            self._own()

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

    def give(self, path: Path) -> None:
        if path.stat().st_uid != self.uid:
            os.chown(path, self.uid, self.uid)

    def _own(self) -> None:
        """It may be from a time when namespaces were forbidden, or were not."""
        if self.cluster.stat().st_uid != self.uid:
            for directory, names, files in os.walk(self.cluster):
                for name in [*names, *files]:
                    os.lchown(Path(directory) / name, self.uid, self.uid)
            self.give(self.cluster)


def _shared_copy(install: Path) -> Path:
    """The binaries, where every user may read them."""
    HOME.mkdir(mode=0o755, exist_ok=True)
    package = install.parent
    shared = HOME / "postgresql" / str(install.stat().st_mtime_ns)
    if not shared.exists():
        fresh = shared.with_name(f"{shared.name}.{os.getpid()}")
        shutil.copytree(install, fresh / package.name / install.name, symlinks=True)
        libraries = package.with_name(f"{package.name}.libs")
        if libraries.is_dir():
            shutil.copytree(libraries, fresh / libraries.name, symlinks=True)
        for directory in (HOME, HOME / "postgresql"):
            directory.chmod(0o755)
        subprocess.run(["chmod", "-R", "a+rX", str(fresh)], check=True)  # noqa: S603, S607
        try:
            fresh.rename(shared)
        except OSError:  # another keeper was quicker
            shutil.rmtree(fresh)
    return shared / package.name / install.name


def _moved_to_reach(cluster: Path) -> Path:
    """A new place for the data, under a name that is not used again, with a link to it."""
    place = HOME / "data" / secrets.token_hex(16)
    place.parent.mkdir(exist_ok=True)
    place.parent.chmod(0o711)
    link = cluster.with_name("postgresql.link")
    link.unlink(missing_ok=True)
    link.symlink_to(place)
    if cluster.exists():
        shutil.copytree(cluster, place, symlinks=True)
        cluster.rename(cluster.with_name(f"postgresql.before-{place.name}"))
    else:
        place.mkdir(mode=0o700)
    link.rename(cluster)
    shutil.rmtree(cluster.with_name(f"postgresql.before-{place.name}"), ignore_errors=True)
    return place


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
