"""A CoAP client for `cargo xtask interop`: aiocoap behind a command line.

It holds no protocol of its own. One request for each line of standard input, as a JSON object with
`method`, `path` (segments), `query`, `format`, `payload` and `observe`; for each a line of JSON on
standard output with `code`, `location` and `payload`. All go out from one socket, so that the
server sees one client. The tests that drive it are in `tests/interop`.

    python requests.py coap://127.0.0.1:5683
"""

import asyncio
import json
import sys

import aiocoap


def message(server, line):
    wanted = json.loads(line)
    request = aiocoap.Message(
        code=getattr(aiocoap.numbers.codes.Code, wanted["method"]),
        payload=wanted.get("payload", "").encode(),
        transport_tuning=(
            aiocoap.Unreliable if wanted.get("unreliable") else aiocoap.Reliable
        ),
    )
    request.set_request_uri(server)
    request.opt.uri_path = tuple(wanted.get("path", []))
    request.opt.uri_query = tuple(wanted.get("query", []))
    if "format" in wanted:
        request.opt.content_format = wanted["format"]
    if "observe" in wanted:
        request.opt.observe = wanted["observe"]
    return request


async def ask(client, server, line):
    response = await client.request(message(server, line), handle_blockwise=True).response
    return {
        "code": response.code.dotted,
        "location": list(response.opt.location_path),
        "observe": response.opt.observe,
        "payload": response.payload.decode(errors="replace"),
    }


async def main(server):
    client = await aiocoap.Context.create_client_context()
    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        print(json.dumps(await ask(client, server, line)), flush=True)
    await client.shutdown()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
