"""What is erased is redacted as the SDK reads it: the lists of versions, revisions and dreams have no gap.

    python erasure.py URL KEY MODEL_PORT

Ends with 0 when every check passed. The SDK parses each answer strictly.
"""

import sys
import time

import anthropic
from anthropic import Anthropic

url, key = sys.argv[1:3]
client = Anthropic(base_url=url, api_key=key, _strict_response_validation=True)
dreams, stores, sessions = client.beta.dreams, client.beta.memory_stores, client.beta.sessions
# No other store has it: an entry has the same id wherever the same words stand in the same place.
WISH = f"From now on, always use tabs for part {time.time_ns()}."


def get(path):
    return client.get(path, cast_to=object)


def post(path, **body):
    return client.post(path, cast_to=object, body=body)


def learned():
    """A store into which a dream wrote what a person said in a session."""
    source = stores.create(name="Shop").id
    session = sessions.create(agent="agent_shop", environment_id="env_shop", metadata={"x_import": "true"}).id
    words = [{"type": "text", "text": WISH}]
    sessions.events.send(session, events=[
        {"type": "user.message", "content": words, "processed_at": "2026-03-02T09:00:00Z"},
        {"type": "agent.message", "content": [{"type": "text", "text": "Done."}], "processed_at": "2026-03-02T09:00:05Z"},
    ])
    inputs = [{"type": "memory_store", "memory_store_id": source}, {"type": "sessions", "session_ids": [session]}]
    dream = dreams.create(inputs=inputs, model="x_none")
    for _ in range(600):
        dream = dreams.retrieve(dream.id)
        if dream.status not in ("pending", "running"):
            break
        time.sleep(0.05)
    assert dream.status == "completed", dream
    return dream.outputs[0].memory_store_id, session, dream


store, session, dream = learned()
assert any(WISH in memory.content for memory in stores.memories.list(store, view="full"))
before = [version.id for version in stores.memory_versions.list(store)]
sessions.delete(session)
[entry] = get(f"/v1/x/memory_stores/{store}/entries")["data"]
erase = f"/v1/x/memory_stores/{store}/erase"
assert post(erase, entry=entry["entry"], dry_run=True)["gone"]["versions"] == 1
told = post(erase, entry=entry["entry"])
assert told["gone"]["versions"] == 1 and told["to_do"] == [], told
told = post(erase, session=session, note="Asked for.")
assert told["gone"]["plans"] == 0 and told["to_do"] == [], told
versions = list(stores.memory_versions.list(store, view="full"))
assert [version.id for version in versions][-len(before):] == before
assert not any(WISH in (version.content or "") for version in versions)
redacted = [version for version in versions if version.redacted_at]
assert redacted and all(version.content is None and version.path is None and version.redacted_by.type == "api_actor" for version in redacted)
assert not any(WISH in memory.content for memory in stores.memories.list(store, view="full"))
assert dreams.retrieve(dream.id).status == "completed"
assert WISH not in str([event.to_dict() for event in sessions.events.list(dream.session_id)])
for document in ("plan", "report", "review"):
    try:
        get(f"/v1/x/dreams/{dream.id}/{document}")
        raise AssertionError("a plan came back")
    except anthropic.BadRequestError as error:
        assert "erased" in str(error), error
revisions = get(f"/v1/x/memory_stores/{store}/revisions")["data"]
assert [revision["number"] for revision in revisions] == list(range(len(revisions), 0, -1)) and revisions[0]["record"]["kind"] == "erase"
print(f"anthropic {anthropic.__version__}: erasure passed")
