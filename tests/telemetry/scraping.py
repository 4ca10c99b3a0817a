"""/metrics as Prometheus reads it."""

from collections.abc import Iterator
from typing import NamedTuple

import httpx
from prometheus_client.parser import text_string_to_metric_families

PORT = 9464


class Sample(NamedTuple):
    name: str
    labels: dict[str, str]
    value: float


class Scraped:
    """What one scrape said."""

    def __init__(self, text: str) -> None:
        self.families = list(text_string_to_metric_families(text))

    def __iter__(self) -> Iterator[Sample]:
        for family in self.families:
            for sample in family.samples:
                yield Sample(sample.name, sample.labels, sample.value)

    @property
    def names(self) -> set[str]:
        return {sample.name for sample in self}

    def value(self, name: str, **labels: str) -> float:
        """The sum of the samples of that name that have those labels."""
        return sum(
            sample.value
            for sample in self
            if sample.name == name and labels.items() <= sample.labels.items()
        )


async def scraped(http: httpx.AsyncClient, port: int = PORT) -> Scraped:
    """Of the application that the client asks, by its operators' port."""
    response = await http.get(f"http://gateway.test:{port}/metrics")
    assert response.status_code == 200, response.text
    assert response.headers["content-type"].startswith("text/plain; version=")
    return Scraped(response.text)
