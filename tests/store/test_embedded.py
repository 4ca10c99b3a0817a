"""The embedded PostgreSQL with real processes: however its users end, it ends and recovers."""

import asyncio
import contextlib
import fcntl
import os
import random
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from gateway.errors import ConfigurationError
from gateway.store import account, keeper
from gateway.store.embedded import OWNER, Embedded
from tests.conftest import Server

LINUX = sys.platform.startswith("linux")
ROOT = os.geteuid() == 0
FAST = ("fsync=off", "shared_buffers=16MB", "max_connections=30")
PACKAGE = Path(keeper.__file__).parents[2]
PATIENCE = 60

# The process of a user: takes hold, says so, and lets go when its standard input ends.
USER = """
import asyncio, os, sys
from pathlib import Path
from gateway.store.embedded import Embedded

async def main():
    async with Embedded(Path(os.environ["DATA"]), *os.environ["FAST"].split()):
        print("ready", flush=True)
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)

asyncio.run(main())
"""

pytestmark = pytest.mark.skipif(not LINUX, reason="looks at processes through /proc")


class User:
    """Another process that uses the server of a data directory."""

    def __init__(
        self, data_dir: Path, *wrapper: str, python: str = sys.executable, **environment: str
    ) -> None:
        self.process = subprocess.Popen(
            [*wrapper, python, "-c", USER],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd="/",
            env=os.environ | {"DATA": str(data_dir), "FAST": " ".join(FAST)} | environment,
            start_new_session=True,
        )

    def ready(self) -> "User":
        assert self.process.stdout is not None
        too_long = threading.Timer(PATIENCE, self.process.kill)
        too_long.start()
        said = self.process.stdout.readline()
        too_long.cancel()
        if said != "ready\n":
            pytest.fail(f"not ready: {self.process.communicate(timeout=PATIENCE)[1]}")
        return self

    def end(self) -> None:
        """By itself, as it should."""
        _, errors = self.process.communicate(timeout=PATIENCE)
        assert (self.process.returncode, errors) == (0, "")

    def kill(self, order: signal.Signals = signal.SIGKILL) -> None:
        os.killpg(self.process.pid, order)
        self.process.communicate(timeout=PATIENCE)


def processes(data_dir: Path) -> dict[int, str]:
    """Keepers and servers of the data directory, by pid."""
    name = os.fsencode(data_dir)
    found = {}
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            command = (process / "cmdline").read_bytes()
            home = os.fsencode((process / "cwd").readlink())
            if name in command or home.startswith(name):
                found[int(process.name)] = command.replace(b"\0", b" ").decode(errors="replace")
    return found


def pid_of(data_dir: Path, words: str) -> int:
    """The one such process; for a moment after a fork there are two."""
    found: list[int] = []

    def is_one() -> bool:
        found[:] = [pid for pid, command in processes(data_dir).items() if words in command]
        return len(found) == 1

    assert eventually(is_one), found
    return found[0]


def kill_all(data_dir: Path) -> None:
    for pid in processes(data_dir):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def eventually(condition: Callable[[], bool], seconds: float = 20) -> bool:
    give_up = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > give_up:
            return False
        time.sleep(0.02)
    return True


def assert_ended(data_dir: Path) -> None:
    assert eventually(lambda: not processes(data_dir)), processes(data_dir)


@contextlib.contextmanager
def nothing_left(data_dir: Path) -> Iterator[Path]:
    try:
        yield data_dir
        assert_ended(data_dir.resolve())
    finally:
        kill_all(data_dir.resolve())


async def asked(embedded: Embedded, question: str) -> Any:
    connection = await asyncpg.connect(embedded.url(OWNER, "postgres"), timeout=10)
    try:
        return await connection.fetchval(question)
    finally:
        await connection.close()


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data directory with a table `kept` that holds 42; copies of it start at once."""
    data_dir = tmp_path_factory.mktemp("made") / "data"

    async def make() -> None:
        async with Embedded(data_dir, *FAST) as embedded:
            await asked(embedded, "create table kept as select 42 as number")

    with nothing_left(data_dir):
        asyncio.run(make())
    return data_dir


@pytest.fixture
def data_dir(made: Path, tmp_path: Path) -> Iterator[Path]:
    copy = tmp_path / "data"
    shutil.copytree(made, copy, symlinks=True)
    with nothing_left(copy):
        yield copy


@pytest.fixture
def fresh_dir(tmp_path: Path) -> Iterator[Path]:
    with nothing_left(tmp_path / "data") as directory:
        yield directory


async def assert_kept(data_dir: Path) -> None:
    async with asyncio.timeout(PATIENCE), Embedded(data_dir, *FAST) as embedded:
        assert await asked(embedded, "select number from kept") == 42


async def test_it_ends_with_its_user_and_keeps_the_data(data_dir: Path) -> None:
    await assert_kept(data_dir)
    # The one who started it waits for its end.
    assert not processes(data_dir)
    assert not (data_dir / "address").exists()
    await assert_kept(data_dir)


async def test_nobody_else_may_enter(data_dir: Path) -> None:
    async with Embedded(data_dir, *FAST) as embedded:
        assert await asked(embedded, "show listen_addresses") == ""
        for path in data_dir.iterdir():
            mode = stat.S_IMODE(path.stat().st_mode)
            assert mode & 0o077 == 0, path


async def test_a_killed_user_leaves_nothing_and_the_next_recovers(data_dir: Path) -> None:
    user = User(data_dir).ready()
    user.kill()
    assert_ended(data_dir)
    await assert_kept(data_dir)


async def test_a_user_killed_together_with_keeper_and_server(data_dir: Path) -> None:
    user = User(data_dir).ready()
    kill_all(data_dir)
    user.kill()
    assert_ended(data_dir)
    await assert_kept(data_dir)


async def test_a_killed_keeper_takes_the_server_along_and_start_brings_both_back(
    data_dir: Path,
) -> None:
    async with asyncio.timeout(PATIENCE), Embedded(data_dir, *FAST) as embedded:
        server = pid_of(data_dir, "postgres -D")
        os.kill(pid_of(data_dir, "gateway.store.keeper"), signal.SIGKILL)
        assert eventually(lambda: not embedded.running())
        await embedded.start()
        assert pid_of(data_dir, "postgres -D") != server
        assert await asked(embedded, "select number from kept") == 42


async def test_a_killed_server_comes_back_though_its_backends_were_busy(data_dir: Path) -> None:
    async with asyncio.timeout(PATIENCE), Embedded(data_dir, *FAST) as embedded:
        busy = asyncio.create_task(
            asked(
                embedded,
                "select count(*) from generate_series(1, 3000) a, generate_series(1, 1000000) b",
            )
        )
        await asked(embedded, "select pg_sleep(0.2)")
        os.kill(pid_of(data_dir, "postgres -D"), signal.SIGKILL)
        assert eventually(lambda: not embedded.running())
        await embedded.start()
        assert await asked(embedded, "select number from kept") == 42
        with pytest.raises((OSError, asyncpg.PostgresError)):
            await busy


async def test_the_one_who_started_it_ends_first_and_the_other_goes_on(data_dir: Path) -> None:
    first = User(data_dir).ready()
    async with asyncio.timeout(PATIENCE), Embedded(data_dir, *FAST) as second:
        server = pid_of(data_dir, "postgres -D")
        first.end()
        await asyncio.sleep(0.3)
        assert await asked(second, "select number from kept") == 42
        assert pid_of(data_dir, "postgres -D") == server
    assert_ended(data_dir)


async def test_a_user_that_comes_while_it_shuts_down_waits_and_gets_a_new_one(
    data_dir: Path,
) -> None:
    chance = random.Random(7)
    async with asyncio.timeout(PATIENCE):
        for _ in range(6):
            user = User(data_dir).ready()
            user.kill()
            await asyncio.sleep(chance.uniform(0, 0.08))
            await assert_kept(data_dir)


def test_six_users_at_once_on_a_fresh_directory_share_one_server(fresh_dir: Path) -> None:
    users = [User(fresh_dir) for _ in range(6)]
    for user in users:
        user.ready()
    pid_of(fresh_dir, "postgres -D")
    for user in users:
        user.end()


def test_users_that_come_and_go_never_miss_the_server(data_dir: Path) -> None:
    """Looking whether a keeper runs takes its lock for a moment: a keeper must bear that."""
    looking = Embedded(data_dir)
    for _ in range(5):
        user = User(data_dir)
        while user.process.poll() is None and not (data_dir / "address").exists():
            looking.running()
        user.ready().end()


def test_ctrl_c_ends_the_user_and_then_the_server(data_dir: Path) -> None:
    user = User(data_dir).ready()
    user.kill(signal.SIGINT)
    assert_ended(data_dir)


def test_ctrl_c_during_the_start_leaves_nothing(fresh_dir: Path) -> None:
    user = User(fresh_dir)
    assert eventually(lambda: bool(processes(fresh_dir)))
    user.kill(signal.SIGINT)
    assert_ended(fresh_dir)


@pytest.mark.parametrize(
    "name",
    ["a b", "100%25 & more?#", "Tổng đài «1»", 'it\'s "quoted"', "a,b", "back\\slash", "x" * 120],
)
async def test_any_path_will_do(data_dir: Path, tmp_path: Path, name: str) -> None:
    data_dir.rename(tmp_path / name)
    with nothing_left(tmp_path / name) as renamed:
        async with asyncio.timeout(PATIENCE), Embedded(renamed, *FAST) as embedded:
            assert await asked(embedded, "select number from kept") == 42
            sockets = Path(os.fsdecode((renamed / "address").read_bytes()))
            assert stat.S_IMODE(sockets.stat().st_mode) == 0o700
        assert not sockets.exists()


async def test_a_strange_path_from_the_beginning(tmp_path: Path) -> None:
    with nothing_left(tmp_path / "Tổng, 'đài' $HOME %s") as strange:
        async with asyncio.timeout(PATIENCE), Embedded(strange, *FAST) as embedded:
            assert await asked(embedded, "select 1") == 1


async def test_sockets_apart_that_a_crash_left_are_removed(data_dir: Path, tmp_path: Path) -> None:
    data_dir.rename(tmp_path / "a,b")
    with nothing_left(tmp_path / "a,b") as renamed:
        user = User(renamed).ready()
        left = Path(os.fsdecode((renamed / "address").read_bytes()))
        kill_all(renamed)
        user.kill()
        assert left.exists()
        await assert_kept(renamed)
        assert not left.exists()


async def test_a_path_through_a_link_is_the_same_directory(data_dir: Path, tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(data_dir)
    user = User(data_dir).ready()
    server = pid_of(data_dir, "postgres -D")
    async with asyncio.timeout(PATIENCE), Embedded(link, *FAST):
        assert pid_of(data_dir, "postgres -D") == server
        user.end()


async def test_the_environment_does_not_reach_postgresql(fresh_dir: Path) -> None:
    strange = {
        "LANG": "xx_YY.ISO-8859-1",
        "LC_ALL": "vi_VN.nowhere",
        "PGPORT": "1",
        "PGHOST": "nowhere.invalid",
        "PGUSER": "nobody",
        "PGDATABASE": "none",
        "PGSSLMODE": "verify-full",
        "PGDATA": "/nowhere",
    }
    user = User(fresh_dir, **strange).ready()
    async with asyncio.timeout(PATIENCE), Embedded(fresh_dir, *FAST) as embedded:
        assert await asked(embedded, "show server_encoding") == "UTF8"
        assert await asked(embedded, "select lower('ĐÀI')") == "đài"
    user.end()


async def test_a_stale_pid_that_is_another_process_now(data_dir: Path) -> None:
    with subprocess.Popen(["sleep", "100"]) as other:
        try:
            stale = f"{other.pid}\n{data_dir}/postgresql\n1700000000\n5432\n\n\n\n"
            (data_dir / "postgresql" / "postmaster.pid").write_text(stale)
            (data_dir / "sockets").mkdir(exist_ok=True)
            (data_dir / "sockets" / ".s.PGSQL.5432.lock").write_text(stale)
            await assert_kept(data_dir)
            assert other.poll() is None
        finally:
            other.kill()


async def test_a_stale_pid_that_is_another_postgresql_now(data_dir: Path, server: Server) -> None:
    cluster = server.embedded.data_dir / "postgresql"
    pid = (cluster / "postmaster.pid").read_text().split("\n", 1)[0]
    (data_dir / "postgresql" / "postmaster.pid").write_text(f"{pid}\n{cluster}\n")
    await assert_kept(data_dir)
    assert await asked(server.embedded, "select 1") == 1


async def test_a_half_finished_initdb_is_thrown_away(fresh_dir: Path) -> None:
    user = User(fresh_dir)
    assert eventually(lambda: bool(list(fresh_dir.glob("postgresql.unfinished-*/base"))))
    os.kill(pid_of(fresh_dir, "gateway.store.keeper"), signal.SIGKILL)
    user.kill()
    async with asyncio.timeout(PATIENCE), Embedded(fresh_dir, *FAST) as embedded:
        assert await asked(embedded, "select 1") == 1
    assert_ended(fresh_dir)
    User(fresh_dir).ready().end()
    assert sorted(fresh_dir.glob("postgresql*")) == [
        fresh_dir / "postgresql",
        fresh_dir / "postgresql.log",
    ]


async def test_somebody_elses_directory_is_not_touched(fresh_dir: Path) -> None:
    theirs = fresh_dir / "postgresql" / "18" / "main" / "PG_VERSION"
    theirs.parent.mkdir(parents=True)
    theirs.write_text("18\n")
    with pytest.raises(ConfigurationError, match="GATEWAY_DATA_DIR to another directory"):
        await Embedded(fresh_dir, *FAST).start()
    assert theirs.read_text() == "18\n"
    assert_ended(fresh_dir)


async def test_an_empty_directory_made_beforehand_will_do(fresh_dir: Path) -> None:
    (fresh_dir / "postgresql").mkdir(parents=True)
    async with asyncio.timeout(PATIENCE), Embedded(fresh_dir, *FAST) as embedded:
        assert await asked(embedded, "select 1") == 1


async def test_a_server_that_cannot_start_is_told_with_its_reason(data_dir: Path) -> None:
    embedded = Embedded(data_dir, "no_such_setting=1")
    with pytest.raises(ConfigurationError, match="no_such_setting"):
        await embedded.start()
    # The hold is let go: nobody waits for this one.
    await assert_kept(data_dir)


async def test_a_data_directory_below_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for wrong in (tmp_path / "file", tmp_path / "file" / "data"):
        with pytest.raises(ConfigurationError, match=r"^GATEWAY_DATA_DIR: .*cannot be used"):
            await Embedded(wrong).start()
        with pytest.raises(ConfigurationError, match=r"^GATEWAY_DATA_DIR: .*cannot be used"):
            Embedded(wrong).claim_serving()


@pytest.mark.skipif(ROOT, reason="root may write everywhere")
async def test_an_unwritable_data_directory_is_refused(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir(mode=0o500)
    with pytest.raises(ConfigurationError, match=r"^GATEWAY_DATA_DIR: .*Permission denied"):
        await Embedded(tmp_path / "data").start()


async def test_only_one_process_serves_from_a_directory(tmp_path: Path) -> None:
    first, second = Embedded(tmp_path), Embedded(tmp_path)
    first.claim_serving()
    with pytest.raises(ConfigurationError, match=rf"\(process {os.getpid()}\) already serves"):
        second.claim_serving()
    await first.release()
    second.claim_serving()
    await second.release()


@pytest.mark.skipif(not ROOT, reason="only root gets into other users' directories")
async def test_as_root_below_a_private_directory_no_mode_is_changed(
    data_dir: Path, tmp_path: Path
) -> None:
    parents = [tmp_path, *tmp_path.parents]
    modes = [parent.stat().st_mode for parent in parents]
    assert stat.S_IMODE(modes[0]) == 0o700
    await assert_kept(data_dir)
    assert [parent.stat().st_mode for parent in parents] == modes


@pytest.mark.skipif(not ROOT, reason="only root needs to become another user")
async def test_as_root_another_users_data_are_not_taken_over(data_dir: Path) -> None:
    os.chown(data_dir / "postgresql", 12345, 12345)
    with pytest.raises(ConfigurationError, match="belongs to the user 12345"):
        await Embedded(data_dir, *FAST).start()
    assert (data_dir / "postgresql").stat().st_uid == 12345


@pytest.fixture
def home() -> Iterator[Path]:
    """Where root's server lives without namespaces; what was there before stays."""
    alone = os.open(account.HOME.parent, os.O_RDONLY)
    fcntl.flock(alone, fcntl.LOCK_EX)  # another run of the tests would be cleared away
    before = {account.HOME, *account.HOME.glob("*"), *account.HOME.glob("*/*")}
    before = {path for path in before if path.exists()}
    yield account.HOME
    for path in account.HOME.glob("*/*"):
        if path not in before:
            shutil.rmtree(path)
    for path in (*account.HOME.glob("*"), account.HOME):
        if path not in before and path.exists():
            path.rmdir()
    os.close(alone)


@pytest.mark.skipif(not ROOT, reason="only root needs namespaces")
async def test_as_root_without_namespaces_it_runs_as_nobody(fresh_dir: Path, home: Path) -> None:
    without = {account.NO_NAMESPACES: "1"}
    user = User(fresh_dir, **without).ready()
    cluster = (fresh_dir / "postgresql").resolve()
    with nothing_left(cluster):
        assert cluster.parent == home / "data"
        server = pid_of(cluster, "postgres -D")
        assert Path(f"/proc/{server}").stat().st_uid == account.UNPRIVILEGED
        async with asyncio.timeout(PATIENCE), Embedded(fresh_dir, *FAST) as embedded:
            await asked(embedded, "create table kept as select 42 as number")
            user.kill()
            assert await asked(embedded, "select number from kept") == 42
        # The data are found again, as nobody and in a namespace.
        User(fresh_dir, **without).ready().end()
        assert (fresh_dir / "postgresql").resolve() == cluster
        assert_ended(cluster)
        await assert_kept(fresh_dir)


@pytest.mark.skipif(not ROOT, reason="only root needs namespaces")
async def test_as_root_data_move_when_namespaces_become_forbidden(
    data_dir: Path, home: Path
) -> None:
    user = User(data_dir, **{account.NO_NAMESPACES: "1"}).ready()
    cluster = (data_dir / "postgresql").resolve()
    with nothing_left(cluster):
        assert cluster.parent == home / "data"
        async with asyncio.timeout(PATIENCE), Embedded(data_dir, *FAST) as embedded:
            assert await asked(embedded, "select number from kept") == 42
            user.end()
    assert not list(data_dir.glob("postgresql.before-*"))


def ordinary_python() -> tuple[list[str], str] | None:
    """How to run a Python with our packages as `nobody`, if the machine lets us."""
    wrapper = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
    for python in (sys.executable, "/usr/bin/python3"):
        again = (
            "import subprocess as s, sys; s.run([sys.executable, '-c', 'import asyncpg'], check=1)"
        )
        probe = [*wrapper, python, "-c", f"import gateway.store.embedded; {again}"]
        with contextlib.suppress(OSError, subprocess.SubprocessError):
            subprocess.run(
                probe, check=True, capture_output=True, cwd="/", env=_paths(), timeout=PATIENCE
            )
            return wrapper, python
    return None


def _paths() -> dict[str, str]:
    paths = [str(PACKAGE), *(path for path in sys.path if path.endswith("site-packages"))]
    return {"PATH": os.environ["PATH"], "PYTHONPATH": ":".join(paths)}


@pytest.mark.skipif(not ROOT, reason="every other test ran as an ordinary user")
def test_as_an_ordinary_user() -> None:
    found = ordinary_python()
    if found is None:
        pytest.skip("no Python here that the user nobody may run with our packages")
    wrapper, python = found
    # Not below pytest's own directory, which only root may enter.
    place = Path(tempfile.mkdtemp())
    place.chmod(0o755)
    try:
        os.chown(place, account.UNPRIVILEGED, account.UNPRIVILEGED)
        with nothing_left(place / "data") as data_dir:
            user = User(data_dir, *wrapper, python=python, **_paths()).ready()
            server = pid_of(data_dir, "postgres -D")
            assert Path(f"/proc/{server}").stat().st_uid == account.UNPRIVILEGED
            user.kill()
            assert_ended(data_dir)
            User(data_dir, *wrapper, python=python, **_paths()).ready().end()
            locked = place / "locked"
            locked.mkdir(mode=0o500)
            refused = User(locked / "data", *wrapper, python=python, **_paths())
            _, errors = refused.process.communicate(timeout=PATIENCE)
            assert "cannot be used: Permission denied" in errors
    finally:
        shutil.rmtree(place)
