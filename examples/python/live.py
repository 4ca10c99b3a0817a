"""Today's figures of the domain, a line whenever they change, by gql over a WebSocket.

GATEWAY_TOKEN=gw_… python examples/python/live.py
"""

import asyncio
import os

from gql import Client, gql
from gql.transport.websockets import WebsocketsTransport

LIVE = gql("""
    subscription Live($period: Period!) {
      domain { callStats(period: $period) { totalCall totalAnswered } }
    }
""")
LIVE.variable_values = {"period": {"preset": "TODAY"}}


async def main() -> None:
    url = os.environ.get("GATEWAY_URL", "http://127.0.0.1:8000/graphql")
    transport = WebsocketsTransport(
        url=url.replace("http", "ws", 1),
        subprotocols=[WebsocketsTransport.GRAPHQLWS_SUBPROTOCOL],
        init_payload={"Authorization": f"Bearer {os.environ['GATEWAY_TOKEN']}"},
    )
    async with Client(transport=transport) as session:
        async for answer in session.subscribe(LIVE):
            figures = answer["domain"]["callStats"]
            print(f"{figures['totalCall']} calls, {figures['totalAnswered']} answered", flush=True)


if __name__ == "__main__":
    asyncio.run(main())
