"""graphql-transport-ws, rule by rule."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
import websockets

from tests.graphql.served import Served
from tests.live.conftest import PROTOCOL, Socket, opened

VERSION = "subscription { dataVersion }"
NAME = "{ domain { name } }"


async def test_a_subscription_is_told_its_answer_and_a_query_is_completed(
    place: Served, socket: Socket
) -> None:
    await socket.init(place.token)
    await socket.subscribe("a", VERSION)
    assert await socket.data("a") == {"dataVersion": 0}
    await socket.subscribe("b", NAME)
    assert await socket.data("b") == {"domain": {"name": "example"}}
    assert await socket.receive() == {"type": "complete", "id": "b"}
    await socket.send("complete", "a")
    # The id is free again.
    await socket.subscribe("a", NAME)
    assert await socket.data("a") == {"domain": {"name": "example"}}
