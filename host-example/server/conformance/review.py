"""What the hosted API has no routes for, reached with the official Python SDK as it is: what a dream left open is
reviewed and decided, a store goes back, and an agent takes what fits its task.

    python review.py URL KEY MODEL_PORT

Ends with 0 when every check passed.
"""

import sys
import time

import anthropic
from anthropic import Anthropic

url, key = sys.argv[1:3]
client = Anthropic(base_url=url, api_key=key, _strict_response_validation=True)
dreams, stores, sessions = client.beta.dreams, client.beta.memory_stores, client.beta.sessions
NOTES = "- The staging host is blue.\n- The staging host is blue.\n"
MERGED = "- The staging host is blue.\n"
WISH = "From now on, always use tabs for indentation."


def get(path, **query):
    return client.get(path, cast_to=object, options={"params": query})


def post(path, **body):
    return client.post(path, cast_to=object, body=body)


def refused(kind, error_type, call):
    try:
        call()
    except kind as error:
        assert error.type == error_type, (error.type, error_type)
        return error
    raise AssertionError(f"no {kind.__name__}")


def transcript(day):
    session = sessions.create(agent="agent_shop", environment_id="env_shop", metadata={"x_import": "true", "x_principal": "mira"})
    words = [{"type": "text", "text": WISH}]
    sessions.events.send(session.id, events=[
        {"type": "user.message", "content": words, "processed_at": f"2026-03-{day:02}T09:00:00Z"},
        {"type": "agent.message", "content": [{"type": "text", "text": "Done."}], "processed_at": f"2026-03-{day:02}T09:00:05Z"},
    ])
    return session.id


def contents(store):
    return {m.path: m.content for m in stores.memories.list(store, view="full")}


def dreamt(store=None):
    """A store in which a dream merged two lines, and what a person said waits."""
    if store is None:
        store = stores.create(name="Shop").id
        stores.memories.create(store, path="/notes.md", content=NOTES)
    asked = dreams.create(
        inputs=[{"type": "memory_store", "memory_store_id": store}, {"type": "sessions", "session_ids": [transcript(2), transcript(9)]}],
        model="x_none", output_behavior={"type": "update_existing", "memory_store_id": store},
    )
    for _ in range(600):
        dream = dreams.retrieve(asked.id)
        if dream.status not in ("pending", "running"):
            break
        time.sleep(0.05)
    assert dream.status == "completed", dream
    return store, dream.id


def waits(dream):
    plan = get(f"/v1/x/dreams/{dream}/review")
    return plan["digest"], {change["id"]: change.get("text") for change in plan["changes"]}


def check_decision():
    store, dream = dreamt()
    assert contents(store) == {"/notes.md": MERGED}
    digest, changes = waits(dream)
    [(change, text)] = changes.items()
    assert "always use tabs" in text
    review = f"/v1/x/dreams/{dream}/review"
    bad = lambda **body: refused(anthropic.BadRequestError, "invalid_request_error", lambda: post(review, **body))
    bad(digest=digest, accept=["nothing"])
    bad(digest=digest)
    bad(digest=digest, accept="some")
    bad(digest=digest, accept=[change], note="x" * 2_001)
    bad(digest=digest, accept=[change], edits=[{"change": change, "text": ""}])
    # Who edits a memory while a plan waits is not overwritten: the plan is another one then.
    memory = next(iter(stores.memories.list(store)))
    stores.memories.update(memory.id, memory_store_id=store, content=MERGED + "- Mine.\n")
    moved = lambda: post(review, digest=digest, accept=[change])
    refused(anthropic.ConflictError, "conflict_error", moved)
    digest, changes = waits(dream)
    assert list(changes) == [change], "a change that is still right keeps its id"
    made = post(review, digest=digest, accept=[change], edits=[{"change": change, "text": "Indent with tabs, never with spaces."}], note="Said twice.")
    after = contents(store)
    assert after["/notes.md"] == MERGED + "- Mine.\n" and "Indent with tabs, never with spaces." in after["/learned/preferences.md"], after
    assert waits(dream)[1] == {}, "what was decided is not open any more"
    refused(anthropic.ConflictError, "conflict_error", lambda: post(review, digest=digest, accept=[change]))
    revisions = get(f"/v1/x/memory_stores/{store}/revisions")["data"]
    assert revisions[0]["id"] == made["revision"] and [r["number"] for r in revisions] == list(range(len(revisions), 0, -1))
    assert "Said twice." in str(revisions[0]["record"])


def check_revert():
    store, dream = dreamt()
    first = get(f"/v1/x/memory_stores/{store}/revisions")["data"][0]["id"]
    before = contents(store)
    digest, changes = waits(dream)
    post(f"/v1/x/dreams/{dream}/review", digest=digest, accept="all")
    assert "/learned/preferences.md" in contents(store)
    back = f"/v1/x/memory_stores/{store}/revert"
    refused(anthropic.BadRequestError, "invalid_request_error", lambda: post(back, revision="none"))
    post(back, revision=first, note="Too early.")
    assert contents(store) == before
    # What was taken back was rejected, and does not come again by itself.
    store, dream = dreamt(store)
    assert contents(store) == before
    # The first revision is that of the texts that people wrote.
    oldest = get(f"/v1/x/memory_stores/{store}/revisions")["data"][-1]["id"]
    post(back, revision=oldest)
    assert contents(store) == {"/notes.md": NOTES}
    # A redacted version cannot come back.
    memory = next(iter(stores.memories.list(store)))
    stores.memories.update(memory.id, memory_store_id=store, content=MERGED)
    post(back, revision=first)
    for version in stores.memory_versions.list(store, memory_id=memory.id):
        if version.id != stores.memories.retrieve(memory.id, memory_store_id=store).memory_version_id:
            stores.memory_versions.redact(version.id, memory_store_id=store)
    assert "redacted" in str(refused(anthropic.BadRequestError, "invalid_request_error", lambda: post(back, revision=oldest)))


def check_copy():
    """A new store has the history of its own revisions."""
    store, dream = dreamt()
    head = get(f"/v1/x/memory_stores/{store}/revisions")["data"][0]["id"]
    asked = dreams.create(
        inputs=[{"type": "memory_store", "memory_store_id": store}, {"type": "sessions", "session_ids": [transcript(3)]}], model="x_none",
    )
    while dreams.retrieve(asked.id).status in ("pending", "running"):
        time.sleep(0.05)
    output = dreams.retrieve(asked.id).outputs[0].memory_store_id
    assert "/learned/preferences.md" in contents(output)
    told = refused(anthropic.BadRequestError, "invalid_request_error", lambda: post(f"/v1/x/memory_stores/{output}/revert", revision=head))
    assert "copied" in str(told), told
    own = get(f"/v1/x/memory_stores/{output}/revisions")["data"][0]["id"]
    for memory in stores.memories.list(output):
        stores.memories.delete(memory.id, memory_store_id=output)
    post(f"/v1/x/memory_stores/{output}/revert", revision=own)
    assert contents(output)["/notes.md"] == MERGED and "/learned/preferences.md" in contents(output)
    assert contents(store) == {"/notes.md": MERGED}


def check_pack():
    store, dream = dreamt()
    packed = get(f"/v1/x/memory_stores/{store}/pack", query="which host is staging", budget=100)["data"]
    assert [(p["path"], p["text"]) for p in packed] == [("/notes.md", "The staging host is blue.")], packed
    assert get(f"/v1/x/memory_stores/{store}/pack", budget=1)["data"] == []
    refused(anthropic.BadRequestError, "invalid_request_error", lambda: get(f"/v1/x/memory_stores/{store}/pack", budget="much"))
    for path in ("memory_stores/memstore_none/pack", "memory_stores/memstore_none/revisions", "dreams/drm_none/review"):
        refused(anthropic.NotFoundError, "not_found_error", lambda: get(f"/v1/x/{path}"))


for check in (check_decision, check_revert, check_copy, check_pack):
    check()
    print(f"anthropic {anthropic.__version__}: {check.__name__.removeprefix('check_')} passed", flush=True)
