"""A store with its history goes from the command `dreaming` to this server and back.

    python transfer.py URL KEY COMMAND

Ends with 0 when every check passed.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

from anthropic import Anthropic

url, key, program = sys.argv[1:4]
client = Anthropic(base_url=url, api_key=key, _strict_response_validation=True)
stores = client.beta.memory_stores
temporary = tempfile.TemporaryDirectory()
root = Path(temporary.name)
environment = {**os.environ, "XDG_CONFIG_HOME": str(root / "config")}
environment.pop("DREAMING_MEMORY", None)


def dreaming(*words, code=0):
    """The reply of the command, which has to end with this code."""
    line = [program, *words, "--json"]
    done = subprocess.run(line, cwd=root, env=environment, capture_output=True, text=True)
    assert done.returncode == code, (words, done)
    return json.loads(done.stdout)


def asked(method, path, body=None):
    """The bytes of an answer that has to be a good one."""
    request = urllib.request.Request(url + path, data=body, method=method, headers={"x-api-key": key})
    try:
        return urllib.request.urlopen(request, timeout=120).read()
    except urllib.error.HTTPError as error:
        raise AssertionError((path, error.code, error.read())) from error


def get(path):
    return json.loads(asked("GET", path))


def post(path, body):
    return json.loads(asked("POST", path, json.dumps(body).encode()))


def imported(file):
    """The id of the store that a file makes."""
    store = json.loads(asked("POST", "/v1/x/memory_stores/import?name=Moved", (root / file).read_bytes()))
    return stores.retrieve(store["id"]).id


def exported(store, file):
    (root / file).write_bytes(asked("GET", f"/v1/x/memory_stores/{store}/export"))
    return (root / file).read_bytes()


def there(store):
    return {memory.path: memory.content for memory in stores.memories.list(store, view="full")}


def here(folder):
    files = (file for file in (root / folder).rglob("*") if file.is_file())
    return {"/" + str(file.relative_to(root / folder)): file.read_bytes().decode() for file in files}


def entries_there(store):
    """What an agent would load of a store: all of its statements."""
    packed = get(f"/v1/x/memory_stores/{store}/pack?budget=1000000&query=indentation")["data"]
    return [(item["entry"], item["path"][1:], item["line"], item["text"], item["score"]) for item in packed]


def entries_here(folder):
    said = dreaming("pack", "--query", "indentation", "--budget", "1000000", "--memory", folder)
    packed = said["entries"]
    return [(item["entry"], item["path"], item["line"], item["text"], item["score"]) for item in packed]


def rows(file):
    """The rows of a file but for those that a server does not keep, and those that tell of them."""

    def is_kept(row):
        return row["row"] not in ("plan", "source", "end") and (row["row"] != "meta" or row["key"] == "salt")

    return [row for row in map(json.loads, (root / file).read_text().splitlines()) if is_kept(row)]


def logged(folder):
    return dreaming("log", "--limit", "100", "--memory", folder)["revisions"]


def revisions_there(store):
    listed = get(f"/v1/x/memory_stores/{store}/revisions?limit=100")["data"]
    return {item["number"]: item for item in listed}


def is_whole(store):
    verified = get(f"/v1/x/memory_stores/{store}/verify")
    assert verified["is_whole"] and not verified["not_checked"], verified
    return verified["revisions"]


def session(name, text, hour):
    """A transcript of Claude Code in which a person says something."""
    said = {"type": "user", "uuid": f"{name}1", "sessionId": name, "timestamp": f"2026-03-02T{hour:02}:00:00Z", "cwd": "/shop"}
    done = {**said, "type": "assistant", "uuid": f"{name}2", "parentUuid": f"{name}1", "timestamp": f"2026-03-02T{hour:02}:00:05Z"}
    lines = [
        {**said, "message": {"role": "user", "content": text}},
        {**done, "message": {"role": "assistant", "content": [{"type": "text", "text": "Done."}]}},
    ]
    file = root / f"sessions/{name}.jsonl"
    file.parent.mkdir(exist_ok=True)
    file.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return str(file)


def dreamt(folder, name, text, hour):
    """Dreams over a folder and a session, and accepts all of the plan."""
    dreaming("run", "--memory", folder, "--sessions", session(name, text, hour))
    dreaming("apply", "--all", "--by", "ada", "--memory", folder)


def dreamt_there(store, text):
    """Dreams over a store and a session, and accepts all of the plan."""
    new = client.beta.sessions.create(agent="agent_1", environment_id="env_1", metadata={"x_import": "true"})
    events = [
        {"type": "user.message", "content": [{"type": "text", "text": text}], "processed_at": "2026-03-03T09:00:00Z"},
        {"type": "agent.message", "content": [{"type": "text", "text": "Done."}], "processed_at": "2026-03-03T09:00:05Z"},
    ]
    client.beta.sessions.events.send(new.id, events=events)
    inputs = [{"type": "memory_store", "memory_store_id": store}, {"type": "sessions", "session_ids": [new.id]}]
    dream = post("/v1/dreams", {"model": "x_none", "inputs": inputs, "output_behavior": {"type": "update_existing", "memory_store_id": store}})
    while dream["status"] in ("pending", "running"):
        time.sleep(0.1)
        dream = get(f"/v1/dreams/{dream['id']}")
    assert dream["status"] == "completed", dream
    plan = get(f"/v1/x/dreams/{dream['id']}/review")
    post(f"/v1/x/dreams/{dream['id']}/review", {"digest": plan["digest"], "accept": "all", "note": "Looked at it."})


def eventful(folder):
    """A folder with dreams, decisions, edits and a revert."""
    (root / folder).mkdir()
    (root / folder / "notes.md").write_text("- The staging host is blue.\n- The staging host is blue.\n")
    (root / folder / "ü.md").write_bytes("- Grüße, 東京.\r\n".encode())
    dreamt(folder, "one", "From now on, always use tabs for indentation.", 9)
    (root / folder / "notes.md").write_text("- The staging host is green.\n")
    (root / folder / "brief.md").write_text("- The release is on Friday.\n")
    dreamt(folder, "two", "From now on, always write commit messages in English.", 10)
    (root / folder / "brief.md").unlink()
    dreaming("revert", "2", "--memory", folder)
    dreamt(folder, "three", "From now on, always run the linter before a push.", 11)


def check_there_and_back():
    eventful("shop")
    dreaming("export", "shop.jsonl", "--memory", "shop")
    store = imported("shop.jsonl")
    assert there(store) == here("shop")
    assert entries_there(store) == entries_here("shop")
    exported(store, "same.jsonl")
    assert rows("same.jsonl") == rows("shop.jsonl")
    assert get(f"/v1/x/memory_stores/{store}/stats")["totals"] == dreaming("stats", "--memory", "shop")["totals"]
    log = logged("shop")
    revisions = revisions_there(store)
    assert {item["record"]["number"]: item["id"] for item in log} == {number: item["id"] for number, item in revisions.items()}
    assert is_whole(store) == len(revisions) > 6
    versions = stores.memory_versions.list(store)
    assert {version.created_by.type for version in versions} == {"api_actor"}
    # Each revision is gone back to on both sides, and has the same bytes.
    for number in (1, len(revisions) - 1, 3, len(revisions)):
        post(f"/v1/x/memory_stores/{store}/revert", {"revision": revisions[number]["id"]})
        dreaming("revert", str(number), "--memory", "shop")
        assert there(store) == here("shop"), number
    dreamt_there(store, "From now on, always name the ticket in the branch.")
    first = exported(store, "back.jsonl")
    assert exported(store, "again.jsonl") == first
    dreaming("import", "back.jsonl", "--memory", "back")
    assert dreaming("verify", "--memory", "back")["verdict"] == "whole"
    assert here("back") == there(store) and "ticket" in "".join(there(store).values())
    assert entries_here("back") == entries_there(store)
    dreaming("export", "out.jsonl", "--memory", "back")
    assert (root / "out.jsonl").read_bytes() == first, "the command gives the bytes that it took"
    assert exported(imported("out.jsonl"), "out.jsonl") == first
    # The history goes on here, and comes in there once more.
    dreamt("back", "four", "From now on, always keep the changelog.", 12)
    dreaming("revert", "4", "--memory", "back")
    dreaming("export", "more.jsonl", "--memory", "back")
    more = imported("more.jsonl")
    assert there(more) == here("back") and entries_there(more) == entries_here("back")
    assert is_whole(more) > len(revisions)
    # Revisions from there have no plan here, and those from here do.
    records = [item["record"] for item in logged("back")]
    dreams = sorted(record["number"] for record in records if record["kind"] == "dream")
    assert dreaming("replay", str(dreams[-1]), "--memory", "back")["verdict"] == "equal"
    dreaming("replay", str(dreams[0]), "--memory", "back", code=1)


def check_erased():
    """What was erased on either side is marked on the other, and is in no file."""
    folder = "erased"
    (root / folder).mkdir()
    (root / folder / "notes.md").write_text("- The vault code is 8812.\n- The staging host is blue.\n- The staging host is blue.\n")
    dreamt(folder, "five", "From now on, always use spaces for indentation.", 9)
    entry = dreaming("explain", "vault code", "--memory", folder)["entry"]
    dreaming("erase", "--entry", entry, "--yes", "--memory", folder)
    dreaming("export", "erased.jsonl", "--memory", folder)
    assert b"code is 8812" not in (root / "erased.jsonl").read_bytes()
    store = imported("erased.jsonl")
    assert there(store) == here(folder) and entries_there(store) == entries_here(folder)
    [found] = get(f"/v1/x/memory_stores/{store}/entries?entry=use%20spaces")["data"]
    dreamt_there(store, "From now on, always name the ticket in the branch.")
    post(f"/v1/x/memory_stores/{store}/erase", {"entry": found["entry"]})
    file = exported(store, "erased-back.jsonl")
    assert b"use spaces" not in file and b"code is 8812" not in file
    dreaming("import", "erased-back.jsonl", "--memory", "erased-back")
    verified = dreaming("verify", "--memory", "erased-back")
    assert verified["verdict"] == "whole" and len(verified["erased"]) == 2, verified
    assert here("erased-back") == there(store) and entries_here("erased-back") == entries_there(store)
    dreaming("export", "out.jsonl", "--force", "--memory", "erased-back")
    assert (root / "out.jsonl").read_bytes() == file


def check_large():
    """A file of 28 MiB goes in and comes back."""
    folder = root / "large"
    folder.mkdir()
    for number in range(280):
        line = f"{number:04} " + "x" * 94 + "\n"
        (folder / f"{number:04}.md").write_text("# Log\n\n```\n" + line * 1000 + "```\n")
    (folder / "notes.md").write_text("- The staging host is blue.\n- The staging host is blue.\n")
    dreamt("large", "six", "From now on, always use tabs for indentation.", 9)
    dreaming("export", "large.jsonl", "--memory", "large")
    size = (root / "large.jsonl").stat().st_size
    assert size > 27 << 20, size
    begun = time.monotonic()
    store = imported("large.jsonl")
    took = time.monotonic() - begun
    begun = time.monotonic()
    exported(store, "large-back.jsonl")
    print(f"a file of {size >> 20} MiB: {took:.1f} s in, {time.monotonic() - begun:.1f} s out")
    dreaming("import", "large-back.jsonl", "--memory", "large-back")
    assert dreaming("verify", "--memory", "large-back")["verdict"] == "whole"
    assert here("large-back") == here("large")


check_there_and_back()
check_erased()
check_large()
temporary.cleanup()
print("transfer: histories went there and back")
