"""PostgreSQL's zones are the laws' authority on local days: they must be those of our tzdata."""

from datetime import timedelta

import pytest

from gateway.period import start_of, zone
from tests.laws.conftest import Bench
from tests.laws.domains import FIRST, LAST, ZONES, turning_days


@pytest.mark.parametrize("name", ZONES)
def test_postgresql_has_the_same_local_times(bench: Bench, name: str) -> None:
    tz = zone(name)
    midnights = [start_of(FIRST + timedelta(days=n), tz) for n in range((LAST - FIRST).days)]
    hours = [
        start_of(day, tz) + timedelta(minutes=15 * n)
        for day in turning_days(name)
        for n in range(120)
    ]
    rows = bench.run(
        bench.owner.fetch(
            "select i, i at time zone $2 as local from unnest($1::timestamptz[]) i",
            midnights + hours,
            name,
        )
    )
    assert len(rows) > 700
    for row in rows:
        assert row["i"].astimezone(tz).replace(tzinfo=None) == row["local"]
