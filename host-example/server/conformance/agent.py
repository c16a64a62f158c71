"""The memories of a store over the Model Context Protocol, with its official Python client.

    python agent.py URL KEY MODEL_PORT

Ends with 0 when every check passed.
"""

import asyncio
import json
import sys
import urllib.request

from mcp import ClientSession
from mcp.client.streamable_http import create_mcp_http_client, streamable_http_client
from mcp.types import PaginatedRequestParams

url, key = sys.argv[1:3]


def post(path, body):
    headers = {"authorization": f"Bearer {key}", "content-type": "application/json"}
    request = urllib.request.Request(url + path, json.dumps(body).encode(), headers)
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


async def check():
    store = post("/v1/memory_stores", {"name": "Shop"})["id"]
    content = "# Staging\n\n- The host is blue.\n- The port is 8080.\n"
    post(f"/v1/memory_stores/{store}/memories", {"path": "/notes.md", "content": content})
    for n in range(120):
        post(f"/v1/memory_stores/{store}/memories", {"path": f"/more/{n:03}.md", "content": "- More.\n"})
    async with (
        create_mcp_http_client(headers={"Authorization": f"Bearer {key}"}) as http,
        streamable_http_client(f"{url}/v1/x/memory_stores/{store}/mcp", http_client=http) as streams,
        ClientSession(*streams[:2]) as session,
    ):
        await session.initialize()
        tools = {tool.name for tool in (await session.list_tools()).tools}
        assert tools == {"memory_pack", "memory_explain", "memory_propose", "dream_status"}, tools

        async def say(tool, given):
            result = await session.call_tool(tool, given)
            return result.content[0].text

        packed = await say("memory_pack", {"query": "port of staging", "budget": 20})
        assert packed.splitlines()[0] == "- Staging: The port is 8080. (/notes.md:4)", packed
        assert "The host is blue." in await say("memory_explain", {"entry": "/notes.md:3"})
        assert "No entry has" in await say("memory_explain", {"entry": "a green host"})
        assert store in await say("dream_status", {})
        held = await say("memory_propose", {"statement": "The logo is a teapot.", "quote": "our logo is a teapot now"})
        assert held.startswith("Held: a person decides about it"), held
        uris, cursor = [], None
        while True:
            page = await session.list_resources(params=PaginatedRequestParams(cursor=cursor))
            uris += [str(resource.uri) for resource in page.resources]
            cursor = page.next_cursor
            if not cursor:
                break
        assert len(set(uris)) == len(uris) == 121, len(uris)
        read = await session.read_resource("memory:///notes.md")
        assert read.contents[0].text == content


asyncio.run(check())
print("agent: done")
