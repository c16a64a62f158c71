"""Transcripts in an object store: a server that was built with the feature `clouds`, over an S3 on this machine (moto).

    python clouds.py SERVER ENGINE_FOLDER EMPTY_FOLDER

Ends with 0 when every check passed.
"""

import json
import logging
import os
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path

import boto3
from moto.server import ThreadedMotoServer

server, engine, folder = sys.argv[1:4]
database = f"sqlite:{folder}/server.db"
BUCKET, PREFIX = "transcripts", "shop/one"
WISH = "From now on, always use tabs for indentation."
SECRET = "secret-of-the-checks"

# A line for each request says nothing here.
logging.getLogger("werkzeug").setLevel(logging.ERROR)
store = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
store.start()
host, port = store.get_host_and_port()
s3 = boto3.client(
    "s3", endpoint_url=f"http://{host}:{port}", region_name="us-east-1", aws_access_key_id="key", aws_secret_access_key=SECRET,
)
s3.create_bucket(Bucket=BUCKET)
ENVIRONMENT = {
    **{name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "DREAMING_"))},
    "AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": SECRET, "AWS_REGION": "us-east-1",
    "AWS_ENDPOINT": f"http://{host}:{port}", "AWS_ALLOW_HTTP": "true",
}


def objects():
    """The keys of the bucket with their lengths."""
    return {item["Key"]: item["Size"] for item in s3.list_objects_v2(Bucket=BUCKET).get("Contents", [])}


def until(what, happens, seconds=30):
    end = time.time() + seconds
    while not happens():
        assert time.time() < end, f"not in {seconds} seconds: {what}"
        time.sleep(0.1)


class Server:
    """A server as a process."""

    def __init__(self, *options, environment=ENVIRONMENT):
        command = [server, "--database", database, "serve", "--listen", "127.0.0.1:0", "--cache", engine, *options]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)
        self.told = []
        threading.Thread(target=lambda: self.told.extend(self.process.stderr), daemon=True).start()
        self.url = self.process.stdout.readline().strip().rsplit(" ", 1)[-1]

    def ask(self, method, path, body=None):
        content = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, content, {"x-api-key": key}, method=method)
        try:
            with urllib.request.urlopen(request, timeout=200) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            return error.code, json.load(error)

    def session(self):
        made = {"agent": "a", "environment_id": "e", "metadata": {"x_import": "true"}}
        return self.ask("POST", "/v1/sessions", made)[1]["id"]

    def put(self, session, content, name="main"):
        return self.ask("PUT", f"/v1/x/sessions/{session}/parts/{name}", content)

    def dream(self, session):
        """A dream that is over, and the memories that it wrote."""
        made = self.ask("POST", "/v1/memory_stores", {"name": "Shop"})[1]["id"]
        inputs = [{"type": "memory_store", "memory_store_id": made}, {"type": "sessions", "session_ids": [session]}]
        dream = self.ask("POST", "/v1/dreams", {"model": "x_none", "inputs": inputs})[1]
        path = f"/v1/dreams/{dream['id']}"
        until("the dream is over", lambda: self.ask("GET", path)[1]["status"] not in ("pending", "running"), 120)
        dream = self.ask("GET", path)[1]
        memories = ""
        if dream["status"] == "completed":
            output = dream["outputs"][0]["memory_store_id"]
            memories = json.dumps(self.ask("GET", f"/v1/memory_stores/{output}/memories?view=full")[1])
        return dream, memories

    def end(self, kill=False):
        self.process.kill() if kill else self.process.terminate()
        self.process.wait()
        assert SECRET not in "".join(self.told), "a secret is told"


def transcript(size, words):
    """A transcript as Claude Code writes it, at the end of which a person says something."""
    def line(role, content, second):
        return json.dumps({
            "type": role, "sessionId": "s", "cwd": "/shop", "uuid": f"u{second}", "parentUuid": None, "version": "2.1.0",
            "timestamp": f"2026-03-02T09:{second // 60:02}:{second % 60:02}Z", "isSidechain": False, "userType": "external",
            "message": {"role": role, "content": content},
        }) + "\n"
    lines, length, second = [line("user", "Look at the shop.", 0)], 0, 0
    while length < size:
        second += 1
        lines.append(line("assistant", "It is a shop. " * 4000, second))
        length += len(lines[-1])
    return ("".join(lines) + line("user", words, second + 1)).encode()


def refused(*options, environment=ENVIRONMENT):
    """What a server says that does not start."""
    command = [server, "--database", database, "serve", "--listen", "127.0.0.1:0", *options]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=200)
    assert done.returncode != 0, done.stdout
    assert SECRET not in done.stdout + done.stderr, "a secret is told"
    return done.stderr


command = [server, "--database", database, "new-key"]
key = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
PLACE = f"s3://{BUCKET}/{PREFIX}"
place = ("--transcripts", PLACE)

# The place is tried at the start, and nothing is left of that.
assert "NoSuchBucket" in refused("--transcripts", "s3://nobody-has-it")
assert "takes no credentials" in refused("--transcripts", f"s3://key:{SECRET}@{BUCKET}")
deaf = refused(*place, environment={**ENVIRONMENT, "AWS_ENDPOINT": "http://127.0.0.1:9"})
assert f"{PLACE} did not answer" in deaf, deaf
doctor = [server, "--database", database, "doctor", "--cache", engine, *place]
told = subprocess.run(doctor, capture_output=True, text=True, env=ENVIRONMENT).stdout
assert f"ok    transcripts: they go to {PLACE}" in told, told
assert objects() == {}, objects()

# A transcript of several pages is written, read, replaced; a large one, too, also after a restart.
running = Server(*place)
session = running.session()
large = transcript(31 << 20, WISH)
status, part = running.put(session, transcript(3 << 20, "Thanks."))
assert (status, part["format"]) == (200, "claude-code"), part
status, part = running.put(session, large)
assert (status, part["size_bytes"]) == (200, len(large)), part
until("the older object is deleted", lambda: len(objects()) == 1)
(name, size), = objects().items()
assert name.startswith(f"{PREFIX}/default/{session}/") and size == len(large), objects()
assert s3.get_object(Bucket=BUCKET, Key=name)["Body"].read() == large
running.end()
running = Server(*place)
dream, memories = running.dream(session)
assert dream["status"] == "completed" and "always use tabs" in memories, dream
began = time.time()
assert running.ask("DELETE", f"/v1/sessions/{session}")[0] == 200
until("the object of a deleted session is gone", lambda: objects() == {}, 10)
print(f"deleted {time.time() - began:.1f} seconds after its session")

# Killed while transcripts come: each row has its object.
small = transcript(1 << 20, WISH)
sessions = []


def send(running):
    for _ in range(40):
        session = running.session()
        sessions.append(session)
        running.put(session, small)


for wait in (0.3, 0.7, 1.1):
    thread = threading.Thread(target=lambda: [send(running)], daemon=True)
    errors, threading.excepthook = threading.excepthook, lambda _: None
    thread.start()
    time.sleep(wait)
    running.end(kill=True)
    thread.join()
    threading.excepthook = errors
    running = Server(*place)
count = 0
for session in sessions:
    dream, memories = running.dream(session)
    assert dream["status"] == "completed", dream
    count += "always use tabs" in memories
print(f"{len(sessions)} sessions, {count} transcripts, {len(objects())} objects after three kills")
assert 0 < count <= len(objects()) <= count + 3

# An object that somebody deleted, a place that is not named, and one that does not answer.
session = running.session()
before = set(objects())
assert running.put(session, small)[0] == 200
(lost,) = set(objects()) - before
s3.delete_object(Bucket=BUCKET, Key=lost)
dream, _ = running.dream(session)
assert dream["error"]["type"] == "input_session_unavailable", dream
assert session in dream["error"]["message"] and f"not in {PLACE}" in dream["error"]["message"], dream
assert running.put(session, small)[0] == 200
running.end()
running = Server()
until("it is said where transcripts lie", lambda: any(PLACE in line for line in running.told))
dream, _ = running.dream(session)
assert f"--transcripts {PLACE}" in dream["error"]["message"], dream
running.end()
running = Server(*place)
store.stop()
began = time.time()
dream, _ = running.dream(session)
assert f"{PLACE} did not answer" in dream["error"]["message"], dream
status, told = running.put(running.session(), small)
assert status == 500 and "try again" in told["error"]["message"], told
print(f"no answer: a dream and an upload are over after {time.time() - began:.0f} seconds")
assert running.ask("DELETE", f"/v1/sessions/{session}")[0] == 200
running.end()
