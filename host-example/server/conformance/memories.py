"""Checks 7 to 9 of the contract with the official Python SDK: memories, lists, versions.

    python memories.py URL KEY

Ends with 0 when every check passed. Works with every SDK from 1.17 on; the SDK parses each answer strictly.
"""

import hashlib
import sys

import anthropic
from anthropic import Anthropic

url, key = sys.argv[1:3]
client = Anthropic(base_url=url, api_key=key, _strict_response_validation=True)
stores = client.beta.memory_stores
memories, versions = stores.memories, stores.memory_versions

requests = []
client._client.event_hooks["request"].append(lambda request: requests.append(request))


def refused(kind, error_type, call, *, once=True):
    """The error that a call ends with; with `once` the SDK may not have tried it again."""
    before = len(requests)
    try:
        call()
    except kind as error:
        assert error.type == error_type, (error.type, error_type)
        assert error.request_id and error.request_id.startswith("req_"), error.request_id
        assert not once or len(requests) == before + 1, "the SDK tried again"
        return error
    raise AssertionError(f"no {kind.__name__}")


def sha256(text):
    return hashlib.sha256(text.encode()).hexdigest()


def bad(call):
    return refused(anthropic.BadRequestError, "invalid_request_error", call)


def taken(call):
    return refused(anthropic.ConflictError, "memory_path_conflict_error", call)


def stale(call):
    return refused(anthropic.ConflictError, "memory_precondition_failed_error", call)


def missing(call):
    return refused(anthropic.NotFoundError, "not_found_error", call)


def check_stores():
    store = stores.create(name="Shop", metadata={"team": "web", "old": "1"})
    assert (store.description, store.metadata, store.archived_at) == ("", {"team": "web", "old": "1"}, None)
    changed = stores.update(store.id, description="Notes", metadata={"old": None, "new": "2"})
    assert (changed.description, changed.metadata) == ("Notes", {"team": "web", "new": "2"})
    assert changed.updated_at > store.updated_at
    assert stores.update(store.id, description="").description == ""
    for call in (
        lambda: stores.create(name=""),
        lambda: stores.create(name="a" * 256),
        lambda: stores.create(name="a\nb"),
        lambda: stores.create(name="a", description="d" * 1025),
        lambda: stores.create(name="a", metadata={str(n): "" for n in range(17)}),
        lambda: stores.create(name="a", metadata={"k" * 65: ""}),
        lambda: stores.create(name="a", metadata={"k": "v" * 513}),
        lambda: stores.create(name="a", extra_body={"nmae": "b"}),
        lambda: stores.create(name="a", extra_body={"x_note": "b"}),
        lambda: stores.list(created_at_gte="yesterday"),
        lambda: stores.list(limit=101),
        lambda: stores.list(page="page_%%%"),
    ):
        bad(call)
    written = memories.create(store.id, path="/a.md", content="a")
    # Writing a memory does not change its store.
    assert stores.retrieve(store.id).updated_at == stores.update(store.id, name="Shop").updated_at
    archived = stores.archive(store.id)
    assert archived.archived_at is not None and stores.archive(store.id).archived_at == archived.archived_at
    bad(lambda: stores.update(store.id, name="b"))
    bad(lambda: memories.create(store.id, path="/b.md", content="b"))
    bad(lambda: memories.update(written.id, memory_store_id=store.id, content="b"))
    assert memories.retrieve(written.id, memory_store_id=store.id).content == "a"
    assert memories.delete(written.id, memory_store_id=store.id).type == "memory_deleted"
    assert store.id not in [s.id for s in stores.list()]
    assert store.id in [s.id for s in stores.list(include_archived=True)]
    assert stores.delete(store.id).type == "memory_store_deleted"
    missing(lambda: stores.retrieve(store.id))
    missing(lambda: versions.list(store.id))
    wrong = Anthropic(base_url=url, api_key="dk-nobody", max_retries=0)
    refused(anthropic.AuthenticationError, "authentication_error", wrong.beta.memory_stores.list, once=False)


def check_memories():
    store = stores.create(name="memories").id
    create = lambda path, content="x": memories.create(store, path=path, content=content)
    update = lambda id, **change: memories.update(id, memory_store_id=store, **change)
    text = "Grüße, 東京 – naïve café\n"
    made = create("/notes/a.md", text)
    assert (made.content, made.content_sha256) == (None, sha256(text))
    assert made.content_size_bytes == len(text.encode())
    whole = memories.retrieve(made.id, memory_store_id=store)
    assert (whole.content, whole.memory_version_id) == (text, made.memory_version_id)
    assert memories.retrieve(made.id, memory_store_id=store, view="basic").content is None
    assert create("/empty.md", "").content_size_bytes == 0

    error = taken(lambda: create("/notes/a.md"))
    assert error.body["error"]["conflicting_memory_id"] == made.id, error.body
    assert taken(lambda: create("/notes")).body["error"]["conflicting_path"] == "/notes/a.md"
    assert taken(lambda: create("/notes/a.md/b")).body["error"]["conflicting_path"] == "/notes/a.md"

    precondition = {"type": "content_sha256", "content_sha256": sha256("another")}
    stale(lambda: update(made.id, content="new", precondition=precondition))
    stale(lambda: update(made.id, path="/notes/b.md", precondition=precondition))
    same = update(made.id, content=text, precondition=precondition)
    assert same.memory_version_id == made.memory_version_id
    precondition["content_sha256"] = sha256(text)
    renamed = update(made.id, path="/notes/b.md", precondition=precondition)
    assert (renamed.id, renamed.path) == (made.id, "/notes/b.md")
    assert renamed.memory_version_id != made.memory_version_id
    other = create("/notes/a.md", "other")
    taken(lambda: update(other.id, path="/notes/b.md"))
    stale(lambda: memories.delete(other.id, memory_store_id=store, expected_content_sha256=sha256("no")))
    assert memories.delete(other.id, memory_store_id=store, expected_content_sha256=sha256("other")).id == other.id
    missing(lambda: memories.retrieve(other.id, memory_store_id=store))

    assert create("/large.md", "a" * 102_400).content_size_bytes == 102_400
    bad(lambda: create("/larger.md", "a" * 102_401))
    bad(lambda: create("/larger.md", "ä" * 51_201))
    bad(lambda: memories.create(store, path="/none.md", content=None))
    for path in (
        "", "a", "/", "//", "/a//b", "/a/", "/../a", "/a/./b", "/a\u0308", "/a\u200b", "/a\u2028", "/a\nb", "/\u0000",
        "/a" * 21, "/" + "a" * 1024,
    ):
        bad(lambda: create(path))
    assert create("/" + "a" * 1023).path == "/" + "a" * 1023
    stores.delete(store)


def paged(call, count, key=lambda item: item.id):
    """All items of a list, page by page: none twice, none left out."""
    found = [key(item) for item in call(limit=7)]
    assert len(found) == len(set(found)) == count, (len(found), count)
    page = call(limit=7)
    assert len(page.data) == min(7, count) and (page.next_page is not None) == (count > 7)
    return found


def check_lists():
    made = [stores.create(name=f"store {n}").id for n in range(45)]
    # Its own time, which some round down to a millisecond.
    start = stores.retrieve(made[0]).created_at
    assert paged(lambda **of: stores.list(created_at_gte=start, **of), 45) == made[::-1]
    middle = stores.retrieve(made[20]).created_at
    assert len(list(stores.list(created_at_gte=middle, include_archived=True))) == 25
    assert [s.id for s in stores.list(created_at_gte=start, created_at_lte=middle)] == made[20::-1]
    for store in made[1:]:
        stores.delete(store)
    store = made[0]
    paths = [f"/{folder}/{n:02}.md" for folder in ("notes", "notes-archive", "tips/deep") for n in range(15)]
    for path in reversed(paths):
        memories.create(store, path=path, content=path)
    of = lambda **more: lambda **limits: memories.list(store, **more, **limits)
    path = lambda item: item.path
    assert paged(of(), 45, path) == sorted(paths, key=str.encode)
    assert paged(of(path_prefix="/notes/"), 15, path) == paths[:15]
    assert paged(of(depth=1), 3, path) == ["/notes-archive/", "/notes/", "/tips/"]
    assert {item.type for item in memories.list(store, depth=1)} == {"memory_prefix"}
    assert paged(of(depth=1, path_prefix="/tips/"), 1, path) == ["/tips/deep/"]
    assert paged(of(depth=1, path_prefix="/notes/"), 15, path) == paths[:15]
    memories.create(store, path="/notes0.md", content="between a folder and its end")
    assert paged(of(depth=1), 4, path) == ["/notes-archive/", "/notes/", "/notes0.md", "/tips/"]
    assert len(memories.list(store, limit=100).data) == 46
    full = memories.list(store, limit=100, view="full")
    assert len(full.data) == 20 and all(item.content is not None for item in full.data)
    bad(lambda: memories.list(store, depth=2))
    bad(lambda: memories.list(store, path_prefix="/notes"))
    bad(lambda: memories.list(store, path_prefix="//"))
    assert len(paged(lambda **of: versions.list(store, **of), 46)) == 46
    stores.delete(store)


def check_versions():
    store = stores.create(name="versions").id
    made = memories.create(store, path="/a.md", content="one")
    change = lambda **of: memories.update(made.id, memory_store_id=store, **of)
    change(content="two")
    change(path="/b.md")
    memories.delete(made.id, memory_store_id=store)
    listed = list(versions.list(store, memory_id=made.id, view="full"))
    shown = [(v.operation, v.path, v.content) for v in listed]
    assert shown == [
        ("deleted", "/b.md", None),
        ("modified", "/b.md", "two"),
        ("modified", "/a.md", "two"),
        ("created", "/a.md", "one"),
    ], shown
    assert listed[0].content_sha256 is None and listed[1].content_sha256 == sha256("two")
    assert all(v.created_by.type == "api_actor" for v in listed)
    by = listed[0].created_by.api_key_id
    assert len(list(versions.list(store, api_key_id=by))) == 4
    assert list(versions.list(store, session_id="sesn_nobody")) == []
    assert [v.operation for v in versions.list(store, operation="created")] == ["created"]
    first = listed[-1]
    redacted = versions.redact(first.id, memory_store_id=store)
    gone = (redacted.path, redacted.content, redacted.content_sha256, redacted.content_size_bytes)
    assert gone == (None, None, None, None)
    assert redacted.redacted_at is not None and redacted.redacted_by.api_key_id == by
    assert (redacted.created_at, redacted.operation) == (first.created_at, "created")
    assert versions.redact(first.id, memory_store_id=store).redacted_at == redacted.redacted_at
    assert versions.retrieve(first.id, memory_store_id=store).content is None
    live = memories.create(store, path="/a.md", content="three")
    bad(lambda: versions.redact(live.memory_version_id, memory_store_id=store))
    missing(lambda: versions.retrieve("memver_none", memory_store_id=store))
    stores.delete(store)
    missing(lambda: versions.retrieve(first.id, memory_store_id=store))


for check in (check_stores, check_memories, check_lists, check_versions):
    check()
    print(f"anthropic {anthropic.__version__}: {check.__name__.removeprefix('check_')} passed")
