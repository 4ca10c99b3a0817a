"""The application in a process of its own, which says what its hub did when it reads a line."""

import asyncio
import sys

from gateway.app import create_app
from gateway.cli.serving import _config, _run, _Server, listening
from gateway.log import configure
from gateway.settings import load


async def main() -> None:
    settings = load()
    configure(settings)
    app = create_app(settings)

    def told() -> None:
        if not sys.stdin.readline():
            server.should_exit = True
            return
        hub = app.state.hub
        print(hub.computations, hub.looks, flush=True)  # noqa: T201

    with listening(settings) as listener:
        host, port = listener.getsockname()
        server = _Server(
            _config(settings, app),
            lambda: print(f"http://{host}:{port}", flush=True),  # noqa: T201
        )
        asyncio.get_running_loop().add_reader(sys.stdin, told)
        await server.serve(sockets=[listener])


if __name__ == "__main__":
    _run(main())
