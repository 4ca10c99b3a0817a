"""The catalogue agrees with itself."""

import re
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway import measures
from gateway.measures import DIRECTIONS, MEASURES, METRICS, SHOWN, STATUSES, Measure, Metric

ENTRIES: list[Measure | Metric] = [*MEASURES.values(), *METRICS.values()]

figures = st.fixed_dictionaries({name: st.integers(0, 2**60) for name in MEASURES})


def test_every_status_and_direction_has_its_measure() -> None:
    for status in STATUSES:
        assert MEASURES[f"total_{status}"].stored == f"total_{status}"
    for direction in DIRECTIONS:
        measure = MEASURES[f"total_{direction}"]
        assert (measure.stored, measure.direction) == ("total_call", direction)
    assert {measure.direction for measure in MEASURES.values()} == {None, *DIRECTIONS}


def test_names_units_and_definitions() -> None:
    assert not set(MEASURES) & set(METRICS)
    assert [measure.name for measure in SHOWN] == [
        name for name in MEASURES if name.startswith("total_")
    ]
    for entry in ENTRIES:
        assert re.fullmatch(r"[a-z]+(_[a-z]+)*", entry.name)
        assert entry.definition.endswith(".")
        if entry.unit == "seconds":
            assert "seconds" in entry.definition
        if entry.unit == "ratio":
            assert "0 to 1" in entry.definition
    definitions = [entry.definition for entry in ENTRIES]
    assert len(set(definitions)) == len(definitions)


def test_metrics_are_made_of_measures() -> None:
    for metric in METRICS.values():
        numerator, denominator = MEASURES[metric.numerator], MEASURES[metric.denominator]
        assert denominator.unit == "calls"
        assert numerator.unit == ("seconds" if metric.unit == "seconds" else "calls")
    # Nothing is an ingredient of nothing.
    used = {name for m in METRICS.values() for name in (m.numerator, m.denominator)}
    assert all(measure.shown or measure.name in used for measure in MEASURES.values())


@given(figures)
def test_a_metric_is_the_ratio_or_null(row: dict[str, int]) -> None:
    for metric in METRICS.values():
        assert metric.value(row | {metric.denominator: 0}) is None
        if row[metric.denominator]:
            exact = Fraction(row[metric.numerator], row[metric.denominator])
            assert metric.value(row) == pytest.approx(float(exact))


@given(st.lists(st.sampled_from([*MEASURES, *METRICS, "username", "drop table"])))
def test_needed_has_all_that_is_asked_for_in_the_catalogues_order(names: list[str]) -> None:
    found = measures.needed(names)
    assert list(found) == [name for name in MEASURES if name in found]
    assert set(names) & set(MEASURES) <= set(found)
    for name in set(names) & set(METRICS):
        assert {METRICS[name].numerator, METRICS[name].denominator} <= set(found)
    assert set(found) <= set(MEASURES)
    assert found == measures.needed(reversed(names))


def test_select_lists_let_only_the_catalogue_through() -> None:
    names = ["total_busy", "total_local"]
    assert measures.totals(()) == ""
    assert measures.totals(names) == (
        "total(f.total_busy) as total_busy,\n    total(f.total_local) as total_local"
    )
    assert measures.figures(names) == (
        "r.total_busy as total_busy,\n"
        "        case when r.direction = 'local' then r.total_call else 0 end as total_local"
    )
    assert measures.stored(names) == "r.total_busy,\n        r.total_local"
    for select_list in (measures.totals, measures.figures, measures.stored):
        with pytest.raises(KeyError):
            select_list(["total_call; drop table calls"])
