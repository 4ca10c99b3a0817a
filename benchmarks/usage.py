"""What processes use, read from /proc: CPU seconds and memory of a process and its children."""

import os
from pathlib import Path
from typing import NamedTuple

PROC = Path("/proc")
TICKS = os.sysconf("SC_CLK_TCK")
# What is written there sets the peak of resident memory back to what is resident now.
RESET_PEAK = "5"


class _Stat(NamedTuple):
    parent: int
    ticks: int
    waited: int


def _stat(pid: int) -> _Stat | None:
    try:
        text = (PROC / str(pid) / "stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    # The command's name, in parentheses, may hold anything.
    fields = text.rpartition(")")[2].split()
    user, system, waited_user, waited_system = map(int, fields[11:15])
    return _Stat(int(fields[1]), user + system, waited_user + waited_system)


def tree(root: int) -> list[int]:
    """The process and all that descend from it."""
    children: dict[int, list[int]] = {}
    for entry in PROC.iterdir():
        if entry.name.isdigit() and (stat := _stat(int(entry.name))) is not None:
            children.setdefault(stat.parent, []).append(int(entry.name))
    found = [root]
    for pid in found:
        found += children.get(pid, [])
    return found


def cpu_seconds(root: int) -> float:
    """Of the living processes of the tree and of those that ended and were waited for."""
    stats = [stat for pid in tree(root) if (stat := _stat(pid)) is not None]
    return sum(stat.ticks + stat.waited for stat in stats) / TICKS


def reset_peak(root: int) -> None:
    for pid in tree(root):
        (PROC / str(pid) / "clear_refs").write_text(RESET_PEAK)


def peak_megabytes(root: int) -> float:
    """The peaks of resident memory since `reset_peak`, added up over the tree."""
    return sum(_peak(pid) for pid in tree(root))


def _peak(pid: int) -> float:
    try:
        status = (PROC / str(pid) / "status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    for line in status.splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024 / 1e6
    return 0
