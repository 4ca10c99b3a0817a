"""start_time and end_time: how they are read, and what they mean."""

from datetime import UTC, datetime, timedelta

import pytest
from starlette.datastructures import QueryParams

from gateway.errors import BadUserInputError
from gateway.period import zone
from gateway.rest.params import Asked, asked

NOW = datetime(2023, 3, 8, 3, 30, 15, 250_000, tzinfo=UTC)
HCM = "Asia/Ho_Chi_Minh"
BERLIN = "Europe/Berlin"


def ask(query: str, tz: str = HCM, now: datetime = NOW, max_days: int = 366) -> Asked:
    return asked(QueryParams(query), now, zone(tz), max_days)


def local(query: str, tz: str = HCM, now: datetime = NOW) -> tuple[str, str]:
    period = ask(query, tz, now).period
    start, end = (moment.astimezone(zone(tz)) for moment in (period.start, period.end))
    return start.replace(tzinfo=None).isoformat(" "), end.replace(tzinfo=None).isoformat(" ")


@pytest.mark.parametrize(
    "text",
    [
        "2023-03-07%2000%3A00%3A00",
        "2023-03-07+00:00:00",
        "2023-03-07%2B00:00:00",
        "2023-03-07T00:00:00",
        "2023-03-07t00:00:00",
        "2023-03-07T00:00",
        "2023-03-07T00:00:00.000",
        "2023-03-07",
        "%202023-03-07%20",
        "2023-03-07T00:00:00%2B07:00",
        "2023-03-07T00:00:00+07:00",
        "2023-03-07T00:00:00+0700",
        "2023-03-07T00:00:00+07",
        "2023-03-07+00:00:00+%2B07:00",
        "2023-03-06T17:00:00Z",
        "2023-03-06T12:30:00-04:30",
    ],
)
def test_a_start_is_read_however_it_is_written(text: str) -> None:
    query = f"start_time={text}&end_time=2023-03-07"
    assert local(query) == ("2023-03-07 00:00:00", "2023-03-08 00:00:00")


@pytest.mark.parametrize(
    ("query", "start", "end"),
    [
        ("", "2023-03-08 00:00:00", "2023-03-09 00:00:00"),
        ("start_time=&end_time=+", "2023-03-08 00:00:00", "2023-03-09 00:00:00"),
        ("start_time=2023-03-01", "2023-03-01 00:00:00", "2023-03-08 10:30:16"),
        ("end_time=2023-03-07 12:00:00", "2023-03-07 00:00:00", "2023-03-07 12:00:01"),
        ("end_time=2023-03-07", "2023-03-07 00:00:00", "2023-03-08 00:00:00"),
        ("end_time=2023-03-07T20:00:00Z", "2023-03-08 00:00:00", "2023-03-08 03:00:01"),
        (
            "start_time=2023-03-07 08:00:00&end_time=2023-03-07 08:00:00",
            "2023-03-07 08:00:00",
            "2023-03-07 08:00:01",
        ),
        (
            "start_time=2023-03-07 08:00:00.5&end_time=2023-03-07 08:00:00",
            "2023-03-07 08:00:00.500000",
            "2023-03-07 08:00:01",
        ),
        ("end_time=&end_time=2023-03-07", "2023-03-07 00:00:00", "2023-03-08 00:00:00"),
        ("limit=9&offset=x&start_time=2023-03-08", "2023-03-08 00:00:00", "2023-03-08 10:30:16"),
    ],
)
def test_what_is_not_said_is_filled_in(query: str, start: str, end: str) -> None:
    assert local(query) == (start, end)


def test_an_explicit_period_is_told_from_today() -> None:
    assert ask("start_time=2023-03-08").explicit
    assert ask("end_time=2023-03-08").explicit
    assert not ask("start_time=&limit=3").explicit


@pytest.mark.parametrize(
    ("query", "tz", "hours"),
    [
        ("start_time=2023-03-26&end_time=2023-03-26", BERLIN, 23),
        ("start_time=2023-10-29&end_time=2023-10-29", BERLIN, 25),
        # An ambiguous start takes the earlier, an end the later.
        ("start_time=2023-10-29 02:00:00&end_time=2023-10-29 02:59:59", BERLIN, 2),
        ("start_time=2023-10-29 01:00:00&end_time=2023-10-29 01:59:59", BERLIN, 1),
        # The skipped hour has no length, and an end in it is where the clocks skipped it.
        ("start_time=2023-03-26 02:00:00&end_time=2023-03-26 02:59:59", BERLIN, 0),
        ("start_time=2023-03-26 01:00:00&end_time=2023-03-26 02:30:00", BERLIN, 1),
        ("start_time=2023-10-29T02:30:00+02:00&end_time=2023-10-29T02:29:59+01:00", BERLIN, 1),
        # Midnight itself is skipped or comes twice.
        ("start_time=2018-11-04&end_time=2018-11-04", "America/Sao_Paulo", 23),
        ("start_time=2018-02-17&end_time=2018-02-17", "America/Sao_Paulo", 25),
        ("start_time=2023-10-01&end_time=2023-10-01", "Australia/Lord_Howe", 23.5),
    ],
)
def test_days_of_changing_clocks(query: str, tz: str, hours: float) -> None:
    period = ask(query, tz).period
    assert period.end - period.start == timedelta(hours=hours)


@pytest.mark.parametrize(
    ("query", "name", "words"),
    [
        ("start_time=yesterday", "start_time", '"yesterday" cannot be read: write a local time'),
        ("start_time=2023-02-30", "start_time", "cannot be read"),
        ("end_time=08/03/2023", "end_time", "cannot be read"),
        ("end_time=2023-03-08 24:00:00", "end_time", "cannot be read"),
        ("end_time=2023-03-08 10:00:60", "end_time", "cannot be read"),
        ("end_time=2023-03-08T10:00:00+99:00", "end_time", "cannot be read"),
        ("end_time=1678233600", "end_time", "cannot be read"),
        ("end_time=%D9%A2023-03-08", "end_time", "cannot be read"),
        ("end_time=2023-03-08%00", "end_time", "cannot be read"),
        ("start_time=0001-01-01T00:00:00%2B23:59", "start_time", "out of range"),
        ("end_time=9999-12-31", "end_time", "out of range"),
        ("start_time=2200-01-01", "start_time", "out of range"),
        (
            "start_time=2023-03-08&end_time=2023-03-07",
            "start_time",
            'start_time "2023-03-08" is after end_time "2023-03-07".',
        ),
        (
            "start_time=2023-03-07 08:00:01&end_time=2023-03-07 08:00:00",
            "start_time",
            "is after end_time",
        ),
        ("start_time=2023-03-09", "start_time", "is in the future: without end_time"),
        ("start_time=2023-03-07&start_time=2023-03-07", "start_time", "given 2 times"),
        ("start_time=2022-01-01&end_time=2023-01-02", "start_time", "more than 366 days apart"),
    ],
)
def test_what_cannot_be_meant_is_refused(query: str, name: str, words: str) -> None:
    with pytest.raises(BadUserInputError) as caught:
        ask(query)
    assert caught.value.argument == name
    assert words in caught.value.message
    assert name in caught.value.message


def test_the_limit_counts_local_days() -> None:
    assert ask("start_time=2022-01-01&end_time=2022-01-31", max_days=31)
    assert ask("start_time=2023-10-01&end_time=2023-10-31", BERLIN, max_days=31)
    with pytest.raises(BadUserInputError):
        ask("start_time=2022-01-01&end_time=2022-02-01", max_days=31)


def test_an_endless_text_is_not_repeated() -> None:
    with pytest.raises(BadUserInputError) as caught:
        ask("start_time=" + "9" * 5000)
    assert len(caught.value.message) < 400
