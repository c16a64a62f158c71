"""Dreams with the official Python SDK: what is asked for, how they go, what they leave. A server of this script speaks
Anthropic's Messages API in place of a model.

    python dreams.py URL KEY MODEL_PORT

Ends with 0 when every check passed. The SDK parses each answer strictly.
"""

import asyncio
import json
import sys
import tempfile
import threading
import time
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import anthropic
import httpx2
from anthropic import Anthropic, AsyncAnthropic
from anthropic.lib.tools._memories import SessionMemoryStores

url, key = sys.argv[1:3]
# Each request is counted here.
requests = []
http = httpx2.Client(event_hooks={"request": [lambda request: requests.append(request.url.path)]})
client = Anthropic(base_url=url, api_key=key, _strict_response_validation=True, http_client=http)
dreams, stores, sessions = client.beta.dreams, client.beta.memory_stores, client.beta.sessions
ENDS = ("completed", "failed", "canceled")
MODEL = "claude-test-1"


class FakeModel(BaseHTTPRequestHandler):
    """Answers every call with nothing that is proposed, after a while that the checks set."""

    delay = 0.0
    calls = []

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        FakeModel.calls.append(body)
        time.sleep(FakeModel.delay)
        schema = body["output_config"]["format"]["schema"]
        empty = {"array": [], "string": "nothing", "integer": 0, "object": {}, "boolean": False}
        answer = {name: empty[schema["properties"][name]["type"]] for name in schema["required"]}
        message = {
            "id": "msg_1", "type": "message", "role": "assistant", "model": MODEL, "stop_reason": "end_turn",
            "content": [{"type": "text", "text": json.dumps(answer)}],
            "usage": {"input_tokens": 100, "output_tokens": 7, "cache_read_input_tokens": 5, "cache_creation_input_tokens": 3},
        }
        said = json.dumps(message).encode()
        try:
            self.send_response(200)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)
        except ConnectionError:
            pass

    def log_message(self, *_):
        pass


def refused(kind, error_type, call):
    try:
        call()
    except kind as error:
        assert error.type == error_type, (error.type, error_type)
        assert error.request_id.startswith("req_")
        return error
    raise AssertionError(f"no {kind.__name__}")


def bad(call):
    return refused(anthropic.BadRequestError, "invalid_request_error", call)


def text(words):
    return [{"type": "text", "text": words}]


def transcript(day, words="From now on, always use tabs for indentation."):
    session = sessions.create(agent="agent_shop", environment_id="env_shop", metadata={"x_import": "true"})
    at = f"2026-03-{day:02}T09:00:0"
    sessions.events.send(session.id, events=[
        {"type": "user.message", "content": text(words), "processed_at": f"{at}0Z"},
        {"type": "agent.tool_use", "id": f"sevt_{day}", "name": "bash", "input": {"command": "ls"}, "processed_at": f"{at}1Z"},
        {"type": "agent.tool_result", "tool_use_id": f"sevt_{day}", "content": text("a.md"), "is_error": False, "processed_at": f"{at}2Z"},
        {"type": "agent.message", "content": text("Done."), "processed_at": f"{at}3Z"},
    ])
    return session.id


def store_with(files, name="Shop"):
    store = stores.create(name=name)
    for path, content in files.items():
        stores.memories.create(store.id, path=path, content=content)
    return store.id


FILES = {"/notes.md": "- The staging host is blue.\n- The staging host is blue.\n", "/data.json": "{}"}


def inputs(store, ids):
    return [{"type": "memory_store", "memory_store_id": store}, {"type": "sessions", "session_ids": ids}]


def contents(store):
    return {m.path: m.content for m in stores.memories.list(store, view="full")}


def until(dream, wanted, seconds=60):
    """Asks for the dream until `wanted` holds for it; every step that it takes is a legal one."""
    steps = {"pending": {"running", "failed", "canceled", "completed"}, "running": set(ENDS)}
    usage, output, end = 0, None, time.monotonic() + seconds
    while True:
        now = dreams.retrieve(dream.id)
        assert now.status == dream.status or now.status in steps[dream.status], (dream.status, now.status)
        assert now.usage.input_tokens >= usage
        if output is not None:
            assert [o.memory_store_id for o in now.outputs] == [output], "the output changed"
        usage, output = now.usage.input_tokens, now.outputs[0].memory_store_id if now.outputs else None
        dream = now
        if wanted(dream):
            return dream
        assert time.monotonic() < end, dream
        time.sleep(0.05)


def is_over(dream):
    return dream.status in ENDS


def is_running(dream):
    assert not is_over(dream), dream
    return dream.status == "running"


def check_shape():
    store, ids = store_with(FILES), [transcript(2), transcript(9)]
    for model in ("x_none", {"id": "x_none", "speed": "standard"}):
        dream = dreams.create(inputs=inputs(store, ids[::-1]), model=model)
        assert (dream.status, dream.outputs, dream.session_id) == ("pending", [], None), dream
        assert dream.model.id == "x_none" and dream.output_behavior.type == "create_new"
        assert dream.inputs[1].session_ids == sorted(ids)
        assert (dream.usage.input_tokens, dream.usage.output_tokens) == (0, 0)
        until(dream, is_over)


def check_validation():
    store, session = store_with({}), transcript(2)
    archived = stores.archive(stores.create(name="Old").id).id
    many = [f"sesn_{n}" for n in range(101)]
    memory, read = inputs(store, [session])
    for call in (
        dict(inputs=inputs(store, [])),
        dict(inputs=inputs(store, many)),
        dict(inputs=inputs(store, [session, session])),
        dict(inputs=[memory, memory, read]),
        dict(inputs=[read]),
        dict(inputs=[memory]),
        dict(instructions="a" * 4_097),
        dict(instructions=""),
        dict(model={"id": "x_none", "speed": "fast"}),
        dict(model="exec:true"),
        dict(model="nobody's"),
        dict(output_behavior={"type": "update_existing", "memory_store_id": archived}),
        dict(inputs=inputs(archived, [session])),
        dict(inputs=inputs("memstore_none", [session])),
        dict(inputs=inputs(store, ["sesn_none"])),
        dict(extra_body={"x_policy": {"gate.auto-ad": True}}),
        dict(extra_body={"unknown": 1}),
    ):
        bad(lambda: dreams.create(**{"inputs": [memory, read], "model": "x_none", **call}))
    refused(anthropic.NotFoundError, "not_found_error", lambda: dreams.retrieve("drm_none"))
    other = Anthropic(base_url=url, api_key="dk-wrong")
    refused(anthropic.AuthenticationError, "authentication_error", lambda: other.beta.dreams.list())


def check_completion():
    store, ids = store_with(FILES), [transcript(2), transcript(9)]
    before = contents(store), len(list(stores.memory_versions.list(store)))
    dream = until(dreams.create(inputs=inputs(store, ids), model=MODEL, instructions="Mind the tabs."), is_over)
    assert dream.status == "completed" and dream.error is None, dream
    assert dream.ended_at >= dream.created_at and dream.usage.input_tokens > 0 and dream.usage.output_tokens > 0
    assert any("Mind the tabs." in json.dumps(call) for call in FakeModel.calls), "the model was not told"
    output = dream.outputs[0].memory_store_id
    assert output != store
    assert (contents(store), len(list(stores.memory_versions.list(store)))) == before, "the input was changed"
    after = contents(output)
    assert after["/notes.md"] == "- The staging host is blue.\n", after
    assert "always use tabs" in after["/learned/preferences.md"], after
    assert after["/data.json"] == "{}"
    first, second = (dreams.with_raw_response.retrieve(dream.id).text() for _ in range(2))
    assert first == second
    # What the dream wrote is told by its session; the copies that it began with are the first of each memory.
    written = [v for v in stores.memory_versions.list(output, session_id=dream.session_id, view="full")]
    assert {v.path for v in written if v.operation == "modified"} == {"/notes.md"}, written
    raw = client.get(f"/v1/x/dreams/{dream.id}/plan", cast_to=object)
    assert len(raw["changes"]) == 2 and raw["format"].startswith("dreaming.plan/"), raw
    assert client.get(f"/v1/x/dreams/{dream.id}/report", cast_to=object)["sessions_read"] == 2
    # A second dream over the output has nothing left to do, and pays for nothing.
    calls = len(FakeModel.calls)
    again = until(dreams.create(inputs=inputs(output, ids), model=MODEL), is_over)
    assert again.status == "completed" and contents(again.outputs[0].memory_store_id) == after
    assert len(FakeModel.calls) == calls, "it asked again about what it had read"


def check_cancel_and_archive():
    store, ids = store_with(FILES), [transcript(2), transcript(9)]
    FakeModel.delay = 3
    dream = until(dreams.create(inputs=inputs(store, ids), model=MODEL), is_running)
    bad(lambda: dreams.archive(dream.id))
    canceled = dreams.cancel(dream.id)
    assert canceled.status == "canceled" and canceled.ended_at is not None
    assert dreams.cancel(dream.id).ended_at == canceled.ended_at
    assert contents(canceled.outputs[0].memory_store_id) == FILES, "what is left is no copy of the input"
    # Dreams that wait for their turn.
    waiting = [dreams.create(inputs=inputs(store, ids), model=MODEL) for _ in range(4)]
    for dream in waiting[::-1]:
        assert dreams.cancel(dream.id).status == "canceled"
    FakeModel.delay = 0
    completed = until(dreams.create(inputs=inputs(store, ids), model="x_none"), is_over)
    assert completed.status == "completed"
    bad(lambda: dreams.cancel(completed.id))
    archived = dreams.archive(completed.id)
    assert archived.archived_at is not None and archived.status == "completed"
    assert dreams.archive(completed.id).archived_at == archived.archived_at
    assert completed.id not in [d.id for d in dreams.list(limit=100)]
    assert completed.id in [d.id for d in dreams.list(limit=100, include_archived=True)]
    assert dreams.retrieve(completed.id).archived_at == archived.archived_at


def check_update_existing():
    store, ids = store_with(FILES), [transcript(2), transcript(9)]
    FakeModel.delay = 1
    update = {"type": "update_existing", "memory_store_id": store}
    dream = dreams.create(inputs=inputs(store, ids), model=MODEL, output_behavior=update)
    requests.clear()
    again = lambda: dreams.create(inputs=inputs(store, ids), model="x_none", output_behavior=update)
    held = refused(anthropic.ConflictError, "conflict_error", again)
    assert dream.id in str(held) and len(requests) == 1, requests
    beside = dreams.create(inputs=inputs(store, ids), model="x_none")
    FakeModel.delay = 0
    dream = until(dream, is_over)
    assert dream.status == "completed" and dream.outputs[0].memory_store_id == store, dream
    assert until(beside, is_over).status == "completed"
    after = contents(store)
    # Equal lines are merged unattended; what people said waits for a person.
    assert after == {**FILES, "/notes.md": "- The staging host is blue.\n"}, after
    versions = list(stores.memory_versions.list(store, session_id=dream.session_id))
    assert [v.operation for v in versions] == ["modified"], versions


def check_lost_inputs():
    FakeModel.delay = 2
    for lose, kind in (
        (lambda store, session: stores.archive(store), "input_memory_store_unavailable"),
        (lambda store, session: stores.delete(store), "input_memory_store_unavailable"),
        (lambda store, session: sessions.delete(session), "input_session_unavailable"),
        (lambda store, session: sessions.archive(session), None),
    ):
        store, session = store_with(FILES), transcript(2)
        dream = until(dreams.create(inputs=inputs(store, [session]), model=MODEL), is_running)
        lose(store, session)
        dream = until(dream, is_over)
        assert (dream.error.type if dream.error else None) == kind, dream
        assert dream.status == ("failed" if kind else "completed")
    FakeModel.delay = 0


def check_listing():
    store, session = store_with({}), transcript(2)
    begun = dreams.create(inputs=inputs(store, [session]), model="x_none")
    made = [dreams.create(inputs=inputs(store, [session]), model="x_none") for _ in range(24)]
    listed = [d.id for d in dreams.list(limit=7, created_at_gt=begun.created_at)]
    assert listed == [d.id for d in made[::-1]], "exclusive, and the newest first"
    assert made[-1].id not in [d.id for d in dreams.list(limit=7, created_at_lt=made[-1].created_at)]
    for dream in made:
        until(dream, is_over)
    over = dreams.list(limit=7, created_at_gt=begun.created_at, statuses=["completed", "failed"])
    assert [d.id for d in over] == listed
    assert not list(dreams.list(created_at_gt=begun.created_at, statuses=["canceled"]))
    assert not list(dreams.list(created_at_gt=made[-1].created_at + timedelta(seconds=1)))


def check_trace():
    store, ids = store_with(FILES), [transcript(2), transcript(9)]
    FakeModel.delay = 1
    dream = until(dreams.create(inputs=inputs(store, ids), model=MODEL), is_running)
    FakeModel.delay = 0
    assert sessions.retrieve(dream.session_id).status == "running"
    bad(lambda: sessions.events.send(dream.session_id, events=[{"type": "user.message", "content": text("hi")}]))
    bad(lambda: dreams.create(inputs=inputs(store, [dream.session_id]), model="x_none"))
    # The stream ends when the dream does.
    with sessions.events.stream(dream.session_id) as stream:
        streamed = [event for event in stream]
    listed = list(sessions.events.list(dream.session_id))
    assert [event.id for event in streamed] == [event.id for event in listed]
    assert listed[0].type == "session.status_running" and listed[-1].type == "session.status_idle"
    told = "\n".join(event.content[0].text for event in listed if event.type == "agent.message")
    assert "Read 2 of 2 sessions" in told and "/data.json" in told and "always use tabs" in told, told
    trace = sessions.retrieve(dream.session_id)
    assert trace.status == "terminated" and trace.archived_at is not None
    assert trace.metadata["x_dream_id"] == dream.id


async def sync_memories(store):
    """The SDK's own client of memories: down, edited, up again; the newer content of the server wins."""
    fast = AsyncAnthropic(base_url=url, api_key=key)
    made = await fast.beta.sessions.create(
        agent="agent_shop", environment_id="env_shop",
        resources=[{"type": "memory_store", "memory_store_id": store, "access": "read_write"}],
    )
    assert made.resources[0].mount_path == "/mnt/memory/shop", made.resources
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "mount"
        made.resources[0].mount_path = str(root)
        files = SessionMemoryStores(fast, workdir=folder)
        await files.download(made)
        assert (root / "notes.md").read_text() == FILES["/notes.md"]
        (root / "notes.md").write_text("- Edited here.\n")
        (root / "new.md").write_text("- New.\n")
        (root / "both.md").write_text("- From here.\n")
        await fast.beta.memory_stores.memories.create(store, path="/both.md", content="- From there.\n")
        await files.finish()
        await files.dispose()
    await fast.close()


def check_memory_sync():
    store = store_with(FILES)
    asyncio.run(sync_memories(store))
    after = contents(store)
    assert after == {**FILES, "/notes.md": "- Edited here.\n", "/new.md": "- New.\n", "/both.md": "- From there.\n"}, after
    attached = [s.id for s in sessions.list(memory_store_id=store)]
    assert len(attached) == 1
    operations = [v.operation for v in stores.memory_versions.list(store)]
    assert operations == ["created", "created", "modified", "created", "created"] or sorted(operations) == sorted(
        ["created"] * 4 + ["modified"]
    ), operations


model = ThreadingHTTPServer(("127.0.0.1", int(sys.argv[3])), FakeModel)
threading.Thread(target=model.serve_forever, daemon=True).start()
for check in (
    check_shape, check_validation, check_completion, check_cancel_and_archive, check_update_existing,
    check_lost_inputs, check_listing, check_trace, check_memory_sync,
):
    check()
    print(f"anthropic {anthropic.__version__}: {check.__name__.removeprefix('check_')} passed", flush=True)
