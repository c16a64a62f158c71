"""Sessions as dreams read them, with the official Python SDK: registered, filled, listed, archived, deleted.

    python sessions.py URL KEY

Ends with 0 when every check passed. The SDK parses each answer strictly.
"""

import json
import sys
import time
import urllib.error
import urllib.request
from datetime import datetime, timedelta, timezone
from pathlib import Path

import anthropic
from anthropic import Anthropic

DEMO = Path(__file__).parents[3] / "xtask/demo"
url, key = sys.argv[1:3]
client = Anthropic(base_url=url, api_key=key, _strict_response_validation=True)
sessions = client.beta.sessions
events = sessions.events


def refused(kind, error_type, call):
    try:
        call()
    except kind as error:
        assert error.type == error_type, (error.type, error_type)
        return error
    raise AssertionError(f"no {kind.__name__}")


def bad(call):
    return refused(anthropic.BadRequestError, "invalid_request_error", call)


def missing(call):
    return refused(anthropic.NotFoundError, "not_found_error", call)


def new(**more):
    return sessions.create(agent="agent_shop", environment_id="env_shop", **more)


def text(words):
    return [{"type": "text", "text": words}]


def check_sessions():
    made = new(title="Deploy", metadata={"branch": "main"})
    # Dreams of the checks before have left sessions, too: their traces.
    start = made.created_at
    assert (made.status, made.title, made.metadata) == ("idle", "Deploy", {"branch": "main"})
    assert (made.agent.id, made.environment_id) == ("agent_shop", "env_shop")
    other = sessions.create(agent={"type": "agent", "id": "agent_b", "version": 3}, environment_id="env_shop")
    assert (other.agent.id, other.agent.version) == ("agent_b", 3)
    assert sessions.retrieve(made.id).id == made.id
    assert [s.id for s in sessions.list(agent_id="agent_b", created_at_gte=start)] == [other.id]
    assert [s.id for s in sessions.list(created_at_gt=made.created_at)] == [other.id]
    assert other.id not in [s.id for s in sessions.list(created_at_lt=other.created_at)]
    for call in (
        lambda: sessions.create(agent="", environment_id="env_shop"),
        lambda: sessions.create(agent="agent_shop", environment_id="env_shop", vault_ids=["vlt_1"]),
        lambda: new(metadata={"k" * 65: ""}),
        lambda: sessions.list(order="newest"),
    ):
        bad(call)
    archived = sessions.archive(made.id)
    assert archived.archived_at is not None and archived.status == "terminated"
    assert sessions.archive(made.id).archived_at == archived.archived_at
    assert made.id not in [s.id for s in sessions.list(created_at_gte=start)]
    assert made.id in [s.id for s in sessions.list(created_at_gte=start, include_archived=True)]
    assert [s.id for s in sessions.list(created_at_gte=start, include_archived=True, statuses=["terminated"])] == [made.id]
    bad(lambda: events.send(made.id, events=[{"type": "user.message", "content": text("late")}]))
    assert list(events.list(made.id)) == []
    for session in (made, other):
        assert sessions.delete(session.id).type == "session_deleted"
        missing(lambda: sessions.retrieve(session.id))
        missing(lambda: events.list(session.id))
    all = [new().id for _ in range(45)]
    listed = [s.id for s in sessions.list(created_at_gte=start, limit=7)]
    assert listed == all[::-1]
    assert [s.id for s in sessions.list(created_at_gte=start, limit=7, order="asc")] == all
    for session in all:
        sessions.delete(session)


def check_events():
    session = new(initial_events=[{"type": "user.message", "content": text("Deploy it.")}])
    sent = events.send(session.id, events=[{"type": "user.message", "content": text("And tag it.")}])
    assert [event.type for event in sent.data] == ["user.message"] and sent.data[0].id.startswith("sevt_")
    assert [event.content[0].text for event in events.list(session.id)] == ["Deploy it.", "And tag it."]
    agents = {"type": "agent.message", "content": text("Done.")}
    assert "x_import" in str(bad(lambda: events.send(session.id, events=[agents])))
    bad(lambda: events.send(session.id, events=[{"content": text("no type")}]))
    bad(lambda: events.send(session.id, events=["text"]))
    sessions.delete(session.id)

    session = new(metadata={"x_import": "true"})
    begun = datetime(2026, 3, 2, 9, tzinfo=timezone.utc)
    transcript = []
    for n in range(15):
        at = (begun + timedelta(minutes=n)).isoformat()
        use = f"sevt_use_{n}"
        transcript += [
            {"type": "user.message", "content": text(f"Step {n}, bitte: Grüße 東京."), "processed_at": at},
            {"type": "agent.tool_use", "id": use, "name": "bash", "input": {"command": "ls"}, "processed_at": at},
            {"type": "agent.tool_result", "tool_use_id": use, "content": text("a.md"), "is_error": False, "processed_at": at},
        ]
    answer = events.send(session.id, events=transcript)
    assert answer.x_added == 45 and len(answer.data) == 15
    sent = list(events.list(session.id, limit=100))
    assert [event.type for event in sent] == [event["type"] for event in transcript]
    assert sent[1].id == "sevt_use_0" and sent[0].processed_at == begun
    listed = list(events.list(session.id, limit=7))
    assert [event.id for event in listed] == [event.id for event in sent]
    assert [event.id for event in events.list(session.id, limit=7, order="desc")] == [event.id for event in sent[::-1]]
    uses = list(events.list(session.id, limit=7, types=["agent.tool_use", "agent.tool_result"]))
    assert [event.id for event in uses] == [event.id for event in sent if event.type != "user.message"]
    late = list(events.list(session.id, created_at_gt=begun + timedelta(minutes=13)))
    assert [event.id for event in late] == [event.id for event in sent[-3:]]
    for wrong in ({**agents, "processed_at": "soon"}, {**agents, "id": ""}, {"type": "Agent Message"}):
        bad(lambda: events.send(session.id, events=[agents, wrong]))
    assert len(list(events.list(session.id, limit=100))) == 45, "what was refused was added in part"
    sessions.delete(session.id)


def put(session, name, content):
    request = urllib.request.Request(f"{url}/v1/x/sessions/{session}/parts/{name}", content, {"x-api-key": key}, method="PUT")
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


def check_parts():
    """Transcripts as an agent wrote them, dreamt over as they are."""
    store = client.beta.memory_stores.create(name="Shop").id
    for file in sorted((DEMO / "memory").glob("**/*.md")):
        path = "/" + file.relative_to(DEMO / "memory").as_posix()
        client.beta.memory_stores.memories.create(store, path=path, content=file.read_text())
    files = sorted((DEMO / "sessions").glob("*.jsonl"))
    assert files
    ids = []
    for file in files:
        session = new(metadata={"x_import": "true"})
        status, part = put(session.id, "main", file.read_bytes())
        assert (status, part["format"], part["size_bytes"]) == (200, "claude-code", file.stat().st_size), part
        ids.append(session.id)
    first = ids[0]
    for name, content, why in (
        ("main", b"no transcript", "format"),
        ("main", b'{"type":"hook.start","data":{},"id":"1","parentId":"0"}\n', "looks like"),
        ("a%20b", files[0].read_bytes(), "letters"),
        ("n" * 129, files[0].read_bytes(), "letters"),
    ):
        status, told = put(first, name, content)
        assert status == 400 and why in told["error"]["message"], told
    assert put(first, "main", b" " * (32 * 1024 * 1024 + 1))[0] == 413
    assert put(new().id, "main", files[0].read_bytes())[0] == 400
    assert put("sesn_none", "main", files[0].read_bytes())[0] == 404
    bad(lambda: events.send(first, events=[{"type": "user.message", "content": text("hi")}]))
    with_events = new(metadata={"x_import": "true"}, initial_events=[{"type": "user.message", "content": text("hi")}])
    assert put(with_events.id, "main", files[0].read_bytes())[0] == 400
    dream = client.beta.dreams.create(
        inputs=[{"type": "memory_store", "memory_store_id": store}, {"type": "sessions", "session_ids": ids}], model="x_none",
    )
    while dream.status in ("pending", "running"):
        time.sleep(0.05)
        dream = client.beta.dreams.retrieve(dream.id)
    assert dream.status == "completed", dream
    report = client.get(f"/v1/x/dreams/{dream.id}/report", cast_to=object)
    assert report["sessions_read"] == len(files) and report["bytes"] == sum(f.stat().st_size for f in files), report
    written = [m.path for m in client.beta.memory_stores.memories.list(dream.outputs[0].memory_store_id)]
    assert any(path.startswith("/learned/") for path in written), written


for check in (check_sessions, check_events, check_parts):
    check()
    print(f"anthropic {anthropic.__version__}: {check.__name__.removeprefix('check_')} passed")
