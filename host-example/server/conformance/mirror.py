"""The command `dreaming` over a store of this server, with the official Python SDK as the second writer.

    python mirror.py URL KEY COMMAND

Ends with 0 when every check passed.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from anthropic import Anthropic

url, key, program = sys.argv[1:4]
client = Anthropic(base_url=url, api_key=key, _strict_response_validation=True)
stores = client.beta.memory_stores
memories = stores.memories
temporary = tempfile.TemporaryDirectory()
root = Path(temporary.name)
environment = {**os.environ, "DREAMING_STORE_KEY": key, "XDG_CONFIG_HOME": str(root / "config")}
environment.pop("DREAMING_MEMORY", None)
# A key of a model service, which goes to no server of ours.
environment["ANTHROPIC_API_KEY"] = "sk-ant-of-a-model"


def dreaming(*words, code=0):
    """The reply of the command, which has to end with this code."""
    line = [program, *words, "--json"]
    done = subprocess.run(line, cwd=root, env=environment, capture_output=True, text=True)
    assert done.returncode == code, (words, done)
    assert key not in done.stdout + done.stderr, "the key was printed"
    return json.loads(done.stdout)


def there(store):
    return {memory.path: memory.content for memory in memories.list(store, view="full")}


def here(folder):
    files = (file for file in (root / folder).rglob("*") if file.is_file())
    return {"/" + str(file.relative_to(root / folder)): file.read_bytes().decode() for file in files}


def made(name, contents):
    """A store with these memories, and the folder that mirrors it."""
    store = stores.create(name=name).id
    for path, content in contents.items():
        memories.create(store, path=path, content=content)
    dreaming("pull", store, name, "--url", url)
    assert here(name) == there(store) and here(name), here(name)
    return store


def update(store, path, content):
    [found] = [memory for memory in memories.list(store) if memory.path == path]
    memories.update(found.id, memory_store_id=store, content=content)
    return found.id


def check_both_sides():
    contents = {f"/many/{n:02}.md": f"- Number {n}.\n" for n in range(45)}
    contents |= {"/MEMORY.md": "- [Many](many/00.md)\n", "/ü.md": "- Grüße, 東京.\r\n", "/empty.md": ""}
    store = made("both", contents)
    update(store, "/many/00.md", "- There.\n")
    memories.create(store, path="/new-there.md", content="- There.\n")
    gone = update(store, "/many/01.md", "- Gone.\n")
    memories.delete(gone, memory_store_id=store)
    update(store, "/ü.md", "- There.\n")
    folder = root / "both"
    (folder / "many/02.md").write_text("- Here.\n")
    (folder / "new-here.md").write_text("- Here.\n")
    (folder / "ü.md").write_text("- Here.\n")
    (folder / "many/03.md").unlink()
    (folder / "many/04.md").rename(folder / "moved.md")
    moved = [memory.id for memory in memories.list(store) if memory.path == "/many/04.md"]

    pulled = dreaming("pull", "both", code=4)
    changes = {file["path"]: file["change"] for file in pulled["written"]}
    assert changes == {"many/00.md": "changed", "many/01.md": "removed", "new-there.md": "new"}, changes
    assert [conflict["path"] for conflict in pulled["conflicts"]] == ["ü.md"]
    before = there(store)
    assert dreaming("push", "both", code=4)["error"]["kind"] == "conflict"
    dreaming("push", "both", "--ours", "ü.md", "--dry-run")
    assert there(store) == before
    pushed = dreaming("push", "both", "--ours", "ü.md")
    sent = {change["path"]: change["change"] for change in pushed["changes"]}
    assert sent == {"many/02.md": "changed", "many/03.md": "removed", "moved.md": "moved", "new-here.md": "new", "ü.md": "changed"}, sent
    assert {change["outcome"] for change in pushed["changes"]} == {"sent"}
    assert there(store) == here("both") and len(here("both")) == 48
    assert [memory.id for memory in memories.list(store) if memory.path == "/moved.md"] == moved
    assert dreaming("push", "both")["outcome"] == "nothing"
    assert dreaming("pull", "both")["outcome"] == "nothing"
    dreaming("revert", "1", "--memory", "both")
    dreaming("push", "both")
    assert there(store) == contents == here("both")
    dreaming("verify", "--memory", "both")


def check_second_writer():
    """Whoever writes there meanwhile: no push takes the place of a content that this side had not seen."""
    store = made("race", {"/a.md": "start", "/b.md": "- B.\n"})
    file, memory = root / "race/a.md", update(store, "/a.md", "there")
    for number in range(10):
        dreaming("pull", "race")
        file.write_text(f"here {number} after {file.read_text().split(' after ')[0]}")
        (root / "race/b.md").write_text(f"- B {number}.\n")
        line = [program, "push", "race", "--except-conflicts", "--json"]
        push = subprocess.Popen(line, cwd=root, env=environment, stdout=subprocess.PIPE, text=True)
        if number % 2:
            # At another moment of the push each time.
            for _ in range(2 * number):
                memories.retrieve(memory, memory_store_id=store)
            memories.update(memory, memory_store_id=store, content=f"there {number}")
        said, _ = push.communicate()
        assert push.returncode in (0, 4), (push.returncode, said)
        if is_conflict(json.loads(said)):
            # What this side wrote is given up for what is there.
            dreaming("pull", "race", "--theirs", "a.md")
    versions = [version.content for version in stores.memory_versions.list(store, memory_id=memory, view="full")]
    versions.reverse()
    ours = [(before, after) for before, after in zip(versions, versions[1:]) if after.startswith("here")]
    assert len(ours) >= 5, versions
    for before, after in ours:
        assert after.split(" after ")[1] == before.split(" after ")[0], (before, after)
    assert there(store)["/b.md"] == "- B 9.\n", "what nobody else wrote is sent each time"


def is_conflict(reply):
    return reply["conflicts"] or any(change.get("outcome") == "conflict" for change in reply["changes"])


def killed(share, *words):
    """Kills the command after a share of the time that it took before; whether it was still at work."""
    line = [program, *words, "--json"]
    child = subprocess.Popen(line, cwd=root, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        child.wait(share)
        return False
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
        return True


def check_kills():
    """Killed at any moment, a pull and a push go on, and neither side loses or doubles anything."""
    store = made("kills", {f"/n{n:02}.md": "- Old.\n" for n in range(30)})
    ids = {memory.path: memory.id for memory in memories.list(store)}
    begun = time.monotonic()
    dreaming("pull", "kills")
    pull, kills = 2 * (time.monotonic() - begun), 0
    rounds = int(os.environ.get("DREAMING_KILLS", 6))
    for number in range(rounds):
        for path, memory in list(ids.items())[:15]:
            memories.update(memory, memory_store_id=store, content=f"- There {number}, {path}.\n")
        kills += killed(pull * number / rounds, "pull", "kills")
        dreaming("pull", "kills")
        assert here("kills") == there(store), number
        for n in range(15, 30):
            (root / f"kills/n{n}.md").write_text(f"- Here {number}, {n}.\n")
        (root / f"kills/new{number}.md").write_text(f"- New {number}.\n")
        kills += killed(pull * number / rounds, "push", "kills")
        dreaming("push", "kills")
        assert here("kills") == there(store) and len(here("kills")) == 31 + number, number
    # On a quick machine the later ones come too late.
    assert kills >= rounds / 2, kills
    # Each content was written once.
    for path in ("/n00.md", "/n20.md", "/new0.md"):
        [memory] = [memory.id for memory in memories.list(store) if memory.path == path]
        versions = list(stores.memory_versions.list(store, memory_id=memory))
        assert len(versions) == (1 if path == "/new0.md" else rounds + 1), (path, len(versions))
    dreaming("verify", "--memory", "kills")


def check_dream():
    """A store and its sessions come here, a dream is reviewed here, and its result goes back."""
    store = made("shop", {"/notes.md": "- The staging host is blue.\n"})
    sessions = []
    for day in (2, 9):
        session = client.beta.sessions.create(
            agent="agent_1", environment_id="env_1", metadata={"x_import": "true", "x_principal": "mira"},
            resources=[{"type": "memory_store", "memory_store_id": store}],
        )
        text = "From now on, always use tabs for indentation."
        events = [
            {"type": "user.message", "content": [{"type": "text", "text": text}], "processed_at": f"2026-03-{day:02}T09:00:00Z"},
            {"type": "agent.message", "content": [{"type": "text", "text": "Done."}], "processed_at": f"2026-03-{day:02}T09:00:05Z"},
        ]
        client.beta.sessions.events.send(session.id, events=events)
        sessions.append(session.id)
    client.beta.sessions.create(agent="agent_1", environment_id="env_1")
    # One whose transcript was put as a file has no events, which the dry run knows too.
    put = client.beta.sessions.create(
        agent="agent_1", environment_id="env_1", metadata={"x_import": "true"},
        resources=[{"type": "memory_store", "memory_store_id": store}],
    )
    line = json.dumps({"type": "user", "text": "Use tabs.", "time": "2026-03-02T09:00:00Z"}) + "\n"
    client.put(f"/v1/x/sessions/{put.id}/parts/main", content=line.encode(), cast_to=object)
    for words in (["--dry-run"], []):
        fetched = dreaming("pull", "shop", "--sessions", *words)["sessions"]
        assert sorted(fetched["written"]) == sorted(sessions) and fetched["error"] is None, fetched
        assert fetched["empty"] == 1, fetched
    again = dreaming("pull", "shop", "--sessions")["sessions"]
    assert (again["written"], again["unchanged"]) == ([], 2), again
    client.beta.sessions.events.send(sessions[0], events=[{"type": "agent.message", "content": [{"type": "text", "text": "More."}]}])
    client.beta.sessions.archive(sessions[0])
    grown = dreaming("pull", "shop", "--sessions")["sessions"]
    assert grown["written"] == [sessions[0]], grown
    ran = dreaming("run", "--memory", "shop", "--sessions", "shop-sessions")
    assert ran["sessions"]["read"] == 2, ran
    [wish] = [change for change in dreaming("show", "--memory", "shop")["plan"]["changes"] if "tabs" in json.dumps(change)]
    assert wish["principal"] == "mira", wish
    dreaming("apply", "--all", "--by", "ada", "--memory", "shop")
    dreaming("push", "shop")
    assert there(store) == here("shop")
    assert "tabs for indentation" in "".join(there(store).values()), there(store)
    versions = list(stores.memory_versions.list(store))
    assert all(version.created_by is not None for version in versions)
    stores.archive(store)
    (root / "shop/notes.md").write_text("- Changed.\n")
    assert dreaming("push", "shop", code=1)["error"]["kind"] == "archived"
    assert dreaming("pull", "shop")["archived"] is True
    assert dreaming("pull", "memstore_missing", "missing", "--url", url, code=1)["error"]["kind"] == "no-store"
    assert not (root / "missing").exists()


check_both_sides()
check_second_writer()
check_kills()
check_dream()
temporary.cleanup()
