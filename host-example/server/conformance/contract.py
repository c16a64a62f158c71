"""Checks the contract, `../openapi.yaml`, against a server that speaks it, with schemathesis.

    python contract.py URL KEY [--worker]

First the routes of the contract are compared with those in the sources of the server and of the worker. Then there are generated
requests, valid ones and invalid ones: status, content type, headers and body of each answer are as the contract says, answers have
no field that it does not name, what it does not allow is refused, and every operation succeeds at least once. With `--worker` without what
`x-worker: false` marks. Ends with 0 when every check passed.
"""

import contextlib
import io
import json
import os
import random
import re
import sys
import tempfile
import time
from pathlib import Path

import requests
import schemathesis
import yaml
from schemathesis.cli import schemathesis as command

url, key = sys.argv[1:3]
is_worker = sys.argv[3:4] == ["--worker"]
server = Path(__file__).parents[1]

# The same requests each time.
SEED = 20260421
# Generated requests of each kind (valid, invalid) for an operation, at most; those of the limits of the schemas come on top.
EXAMPLES = 4
# Dreams of such requests, at most: each keeps the engine busy for a while.
DREAMS = 12
# Of requests that may, so many name things that there are.
REAL = 0.85

# Why a request may be refused that the schemas allow: what there is and what goes on, and what no schema says.
CONTEXT = (
    "is archived", "is not completed", "it cannot be", "is the trace of a dream", "has parts", "has events",
    "what the memory holds now", "has no revision", "is at this revision", "^query: ", "erased", "no format that dreams read", "must be an input of a person",
    "no file that `dreaming export` wrote", "the file is cut off", "only of a session with the metadata", "takes parts only with", "there is no ", "^model: ", "^cron: ", "^x_policy: ", "^x_batch: ",
    "^inputs: must be one of", "^path: must ", "^metadata: must have ", "must not share its folder", "^output_behavior.memory_store_id: ",
    # Texts that Postgres keeps none of, and white space alone.
    "must have no U\\+0000$", "^quote: must have ", "^statement: must have ",
    # What is an address no pattern says.
    "^url: must be an address",
    # The worker has the whole numbers of JavaScript.
    "^agent.version: must be a whole number",
    # Bug of the server: a whole number that is written as 5.0 is refused.
    r"invalid type: floating point `-?[0-9e+]+(\.0)?`", "^agent: data did not match any variant of untagged enum Agent",
)

VERBS = ("get", "post", "put", "delete")
CHECKS = [
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "negative_data_rejection",
    "unsupported_method",
    "ignored_auth",
    "known_route",
    "valid_request",
]


def kept(node):
    """A part of the contract without what the worker does not have."""
    if isinstance(node, list):
        return [kept(item) for item in node if not is_left_out(item)]
    if not isinstance(node, dict):
        return node
    left = {name: kept(value) for name, value in node.items() if not is_left_out(value)}
    if "required" in node and "properties" in node:
        left["required"] = [name for name in node["required"] if name in left["properties"]]
    return left


def is_left_out(node):
    if not isinstance(node, dict):
        return False
    kind, _, name = node.get("$ref", "").removeprefix("#/components/").partition("/")
    return node.get("x-worker") is False or is_left_out(contract["components"].get(kind, {}).get(name))


def close(node):
    """Has answers refused that have a field which the contract does not name; clients have to bear it."""
    for value in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        close(value)
    if isinstance(node, dict) and node.get("type") == "object" and "properties" in node:
        node.setdefault("additionalProperties", False)


def differ(who, contract, sources):
    assert contract == sources, f"{who}: not in the contract {sources - contract}, only in the contract {contract - sources}"


def check_routes():
    """The contract and the sources name the same routes."""

    def of(found):
        return {(verb.upper(), re.sub(r"\{\w+\}|\*", "*", "/" + path.lstrip("/"))) for verb, path in found}

    def named(only_worker):
        for path, operations in contract["paths"].items():
            for verb, operation in operations.items():
                if verb in VERBS and not (only_worker and is_left_out(operation)):
                    yield verb, path

    api = server / "src/api"
    store = "/v1/memory_stores/{store}"
    routes = []
    source = (api / "mod.rs").read_text()
    for piece in re.split(r"\.route\(", source)[1:]:
        piece = re.split(r"\.(?:route|merge|method_not_allowed_fallback|layer|with_state)\(", piece)[0]
        path = re.match(r'\s*(?:&below\("([^"]+)"\)|"([^"]+)"|store\b)', piece)
        path = f"{store}/{path[1]}" if path[1] else path[2] or store
        routes += [(verb, path) for verb in VERBS if re.search(rf"\b{verb}\(", piece)]
    assert len(routes) > 40, "the routes are not where they were"
    # Those of agents and environments are the same, but for one.
    source = (api / "definitions.rs").read_text()
    found = re.findall(r'format!\("(/v1/\{\}s|\{all\}/\{\{id\}\}|\{one\}/archive)"', source)
    assert len(found) == 3, found
    for kind in ("agents", "environments"):
        routes += [(verb, f"/v1/{kind}") for verb in ("get", "post")]
        routes += [(verb, f"/v1/{kind}/*") for verb in ("get", "post")]
        routes += [("post", f"/v1/{kind}/*/archive")]
    routes += [("delete", "/v1/environments/*")]
    # The protocol's own library says which methods it takes.
    route = re.search(r'ROUTE: &str = "([^"]+)"', (server / "src/mcp/mod.rs").read_text())
    routes += [("post", route[1])]
    differ("the server", of(named(False)), of(routes))

    source = (server.parent / "worker/src/handler.ts").read_text()
    routes = re.findall(r'^  \["([A-Z]+)", "([^"]+)", ', source, re.MULTILINE)
    differ("the worker", of(named(True)), of(routes))


def tell(method, path, body=None):
    return client.request(method, url + path, json=body, headers={"x-api-key": key}, timeout=30)


def ask(method, path, body=None):
    """An answer that has to be a good one."""
    answer = tell(method, path, body)
    assert answer.ok, (method, path, answer.status_code, answer.text)
    return answer.json()


class World:
    """What there is: stores, memories with versions, sessions with events, dreams that are over."""

    def __init__(self):
        # The first is written by requests, the other one by dreams, decisions and reverts.
        self.store, self.dreamt, self.left = self.new_store(), self.new_store(), DREAMS
        self.memory = self.new_memory()
        for n in range(3):
            path = f"/v1/memory_stores/{self.store}/memories"
            ask("POST", path, {"path": f"/notes/{n}.md", "content": f"- The port of host {n} is 808{n}.\n"})
        ask("POST", f"/v1/memory_stores/{self.store}/memories/{self.memory}", {"content": "- The staging host is green.\n"})
        self.session = self.new_session("From now on, always use tabs for indentation.")
        self.empty = self.new_session()
        over = self.new_dream(update=True)
        self.dreams = [over["id"], self.new_dream()["id"]]
        self.trace = over["session_id"]
        self.canceled = self.canceled_dream()
        self.entry = "" if is_worker else ask("GET", f"/v1/x/memory_stores/{self.store}/entries")["data"][0]["entry"]
        self.file = "" if is_worker else client.get(f"{url}/v1/x/memory_stores/{self.dreamt}/export", headers={"x-api-key": key}).content
        self.revisions = [item["id"] for item in ask("GET", f"/v1/x/memory_stores/{self.dreamt}/revisions")["data"]]
        versions = ask("GET", f"/v1/memory_stores/{self.store}/memory_versions")["data"]
        self.versions = [version["id"] for version in versions]

    def new_store(self):
        return ask("POST", "/v1/memory_stores", {"name": "Shop", "metadata": {"team": "web"}})["id"]

    def new_memory(self):
        memory = {"path": f"/{time.monotonic_ns()}.md", "content": "- The staging host is blue.\n"}
        return ask("POST", f"/v1/memory_stores/{self.store}/memories", memory)["id"]

    def old_version(self):
        """A version that no memory holds any more."""
        path = f"/v1/memory_stores/{self.store}/memories/{self.new_memory()}"
        version = ask("GET", path)["memory_version_id"]
        ask("DELETE", path)
        return version

    def new_session(self, *texts):
        new = {"agent": "agent_1", "environment_id": "env_1", "metadata": {"x_import": "true"}}
        events = [{"type": "user.message", "content": [{"type": "text", "text": text}]} for text in texts]
        return ask("POST", "/v1/sessions", {**new, "initial_events": events})["id"]

    def asked_dream(self, update=False):
        inputs = [
            {"type": "memory_store", "memory_store_id": self.dreamt},
            {"type": "sessions", "session_ids": [self.session]},
        ]
        behavior = {"type": "update_existing", "memory_store_id": self.dreamt} if update else {"type": "create_new"}
        return {"model": "x_none", "inputs": inputs, "output_behavior": behavior}

    def new_dream(self, update=False):
        dream = ask("POST", "/v1/dreams", self.asked_dream(update))
        while dream["status"] in ("pending", "running"):
            time.sleep(0.1)
            dream = ask("GET", f"/v1/dreams/{dream['id']}")
        assert dream["status"] == "completed", dream
        return dream

    def some_dream(self):
        """What a dream is asked for, into either store; none once there are many."""
        self.left -= 1
        return self.asked_dream(choice.random() < 0.3) if self.left >= 0 else {}

    def canceled_dream(self):
        """A dream that was canceled while others were before it, all over a session that takes a while."""
        asked = self.asked_dream()
        asked["inputs"][1]["session_ids"] = [self.new_session(*("Where does the list of the hosts come from? " * 10 for _ in range(1000)))]
        for _ in range(5):
            begun = [ask("POST", "/v1/dreams", asked)["id"] for _ in range(6)]
            if tell("POST", f"/v1/dreams/{begun[-1]}/cancel").ok:
                return begun[-1]
        raise AssertionError("no dream could be canceled")

    def digest(self):
        """The digest of a plan as it is now."""
        return ask("GET", f"/v1/x/dreams/{self.dreams[0]}/review")["digest"]

    def new_agent(self):
        return ask("POST", "/v1/agents", {"name": "Coder", "model": "x_none"})["id"]

    def new_environment(self):
        return ask("POST", "/v1/environments", {"name": "Cloud"})["id"]

    def new_webhook(self):
        # Nobody listens there.
        return ask("POST", "/v1/x/webhooks", {"url": "http://127.0.0.1:9/", "events": ["dream.failed"]})["id"]

    def samples(self):
        """A request with as many objects as may be, for each operation that takes a body."""
        store, ours = f"/v1/memory_stores/{self.store}", f"/v1/x/memory_stores/{self.dreamt}"
        resource = {"type": "memory_store", "memory_store_id": self.store}
        precondition = {"type": "content_sha256", "content_sha256": "0" * 64}
        agent, environment = ("", "") if is_worker else (self.new_agent(), self.new_environment())
        return {
            "createStore": ("POST", "/v1/memory_stores", {"name": "Shop"}),
            "updateStore": ("POST", store, {"description": "Notes"}),
            "createMemory": ("POST", f"{store}/memories", {"path": "/sample.md", "content": ""}),
            "updateMemory": ("POST", f"{store}/memories/{self.memory}", {"precondition": precondition}),
            "createSession": ("POST", "/v1/sessions", {"agent": {"id": "a"}, "environment_id": "e", "resources": [resource]}),
            "sendEvents": ("POST", f"/v1/sessions/{self.session}/events", {"events": [{"type": "user.message"}]}),
            "createDream": ("POST", "/v1/dreams", {**self.asked_dream(), "model": {"id": "x_none"}}),
            "estimateDream": ("POST", "/v1/x/dreams/estimate", {**self.asked_dream(), "model": {"id": "x_none"}}),
            "createWebhook": ("POST", "/v1/x/webhooks", {"url": "http://127.0.0.1:9/", "events": ["dream.failed"]}),
            "putSchedule": ("PUT", f"{ours}/schedule", {"cron": "0 3 * * *", "model": {"id": "x_none"}, "x_budget": {"tokens": 5}}),
            "decide": ("POST", f"/v1/x/dreams/{self.dreams[0]}/review", {"digest": self.digest(), "accept": "auto"}),
            "revert": ("POST", f"{ours}/revert", {"revision": self.revisions[-1]}),
            "erase": ("POST", f"/v1/x/memory_stores/{self.store}/erase", {"entry": self.entry, "dry_run": True}),
            "createAgent": ("POST", "/v1/agents", {"name": "Coder", "model": "x_none"}),
            "updateAgent": ("POST", f"/v1/agents/{agent}", {"description": "Codes."}),
            "createEnvironment": ("POST", "/v1/environments", {"name": "Cloud"}),
            "updateEnvironment": ("POST", f"/v1/environments/{environment}", {"description": "Runs."}),
        }

    def real(self, operation, name):
        """What there is for a parameter of the path; what the operation would take away is made for it."""
        if operation in ("archiveStore", "deleteStore"):
            return self.new_store()
        if operation in ("archiveSession", "deleteSession"):
            return self.new_session()
        # Only what is archived has an end to its stream.
        if operation == "streamEvents":
            return self.trace
        if operation in ("getThread", "listThreadEvents"):
            return {"session": self.session, "thread": self.session.replace("sesn_", "sthr_")}[name]
        if operation == "putPart":
            return self.empty if name == "session" else "main"
        if operation in ("revert", "listRevisions", "diff", "verify", "exportStore", "stats", "pack", "listEntries") and name == "store":
            return self.dreamt
        return {
            "store": lambda: self.store,
            "memory": lambda: self.new_memory() if operation == "deleteMemory" else self.memory,
            "version": lambda: self.old_version() if operation == "redactVersion" else choice.choice(self.versions),
            "session": lambda: choice.choice((self.session, self.trace)),
            "dream": lambda: self.dreams[0] if operation == "decide" else choice.choice([*self.dreams, self.canceled]),
            "webhook": self.new_webhook,
            "id": self.new_agent if "Agent" in operation else self.new_environment,
        }[name]()

    def filled(self, operation, body):
        """A valid body with what there is in place of invented ids and words."""
        line = {"type": "user", "uuid": "a", "sessionId": "s", "timestamp": "2026-03-02T09:00:00Z", "cwd": "/shop"}
        line = json.dumps({**line, "message": {"role": "user", "content": "Where is it?"}}) + "\n"
        return {
            "estimateDream": lambda: {**body, **self.asked_dream(), "x_policy": {}, "x_batch": False, "x_budget": None},
            "createDream": lambda: {**body, **self.some_dream(), "x_policy": {}, "x_batch": False, **({} if is_worker else {"x_budget": None})},
            "createSession": lambda: {**body, "resources": [{"type": "memory_store", "memory_store_id": self.store}]},
            "decide": lambda: {"digest": choice.choice((self.digest(), "0" * 64)), "accept": "auto"},
            "revert": lambda: {"revision": choice.choice(self.revisions)},
            "erase": lambda: {"entry": self.entry, "dry_run": True},
            "importStore": lambda: self.file,
            "putPart": lambda: line.encode(),
            "putSchedule": lambda: {**body, "cron": "0 3 * * *", "model": "x_none", "x_policy": {}, "x_batch": False, "x_budget": None},
            "createWebhook": lambda: {**body, "url": "https://example.com/dreams"},
            "mcp": lambda: {"jsonrpc": "2.0", "id": 1, "method": "ping"},
        }.get(operation, lambda: body)()


def with_strange(value, names=()):
    """A value once for each object in it, with a field that nobody knows in that object."""
    if isinstance(value, list):
        for at, item in enumerate(value):
            for found, changed in with_strange(item, (*names, at)):
                yield found, [*value[:at], changed, *value[at + 1 :]]
    # What these hold is free.
    if isinstance(value, dict) and not {"metadata", "agent", "events", "config"} & set(names):
        yield names, {**value, "strange": 1}
        for name, item in value.items():
            for found, changed in with_strange(item, (*names, name)):
                yield found, {**value, name: changed}


def check_fields():
    """A field that the contract does not name is refused by its name, at every depth, also one that begins as ours do."""
    for operation, (verb, path, body) in world.samples().items():
        if operation not in operations:
            continue
        for names, changed in with_strange(body):
            answer = tell(verb, path, changed)
            message = answer.json().get("error", {}).get("message", "")
            is_named = message.startswith("strange: ") if names == () else "strange" in message
            assert answer.status_code == 400 and is_named, (operation, names, answer.status_code, answer.text)
        answer = tell(verb, path, {**body, "x_strange": 1})
        assert answer.status_code == 400 and "x_strange" in answer.text, (operation, answer.status_code, answer.text)


@schemathesis.hook
def before_call(context, case, kwargs):
    """Names what there is in most requests."""
    operation = case.operation.definition.raw["operationId"]
    meta = case.meta
    invalid = {str(where.value) for where, part in meta.components.items() if part.mode.is_negative}
    if "path_parameters" not in invalid and choice.random() < REAL:
        for name in case.path_parameters or {}:
            case.path_parameters[name] = world.real(operation, name)
    if not meta.generation.mode.is_negative:
        for name in case.query or {}:
            # The schemas allow more than there is: days such as the 31st of February, and pages of nothing.
            if name.startswith("created_at["):
                case.query[name] = f"2{choice.randrange(1000):03}-0{choice.randrange(1, 10)}-1{choice.randrange(10)}T10:00:00Z"
            if name == "page":
                case.query[name] = ""
            if operation == "diff":
                case.query[name] = choice.choice(world.revisions)
    if not meta.generation.mode.is_negative and case.method in ("POST", "PUT") and choice.random() < REAL:
        case.body = world.filled(operation, case.body)
        if operation == "mcp":
            case.headers["Accept"] = "application/json, text/event-stream"


@schemathesis.hook
def after_call(context, case, response):
    answers.setdefault(case.operation.definition.raw["operationId"], []).append(response.status_code)


@schemathesis.check
def known_route(ctx, response, case):
    """The server has the route, whatever it says about the rest."""
    is_unknown = response.status_code == 404 and b"this server has no" in response.content
    assert not is_unknown, f"no route: {response.text}"


@schemathesis.check
def valid_request(ctx, response, case):
    """What the contract allows is not refused, but for what it cannot say."""
    if response.status_code == 400 and case.meta.generation.mode.is_positive:
        message = response.json()["error"]["message"]
        assert any(re.search(why, message) for why in CONTEXT), f"a valid request was refused: {message}"


contract = yaml.safe_load((server / "openapi.yaml").read_text())
check_routes()
contract = kept(contract) if is_worker else contract
close(contract["components"])
operations = [operation["operationId"] for path in contract["paths"].values() for verb, operation in path.items() if verb in VERBS]
choice = random.Random(SEED)
client = requests.Session()
world = World()
answers = {}
check_fields()
with tempfile.TemporaryDirectory() as folder:
    # What it keeps of a run goes with the folder.
    os.chdir(folder)
    # It would name what it saw in answers, and so delete what the next requests need, or follow a session without an end.
    sources = [f"[phases.{phase}.extra-data-sources]\nresponses = false\n" for phase in ("examples", "coverage", "fuzzing")]
    Path(folder, "schemathesis.toml").write_text("".join(sources))
    file = Path(folder, "openapi.json")
    file.write_text(json.dumps(contract))
    arguments = ["run", str(file), "--url", url, "--header", f"Authorization:Bearer {key}", "--checks", ",".join(CHECKS)]
    arguments += ["--phases", "examples,coverage,fuzzing", "--seed", str(SEED), "--max-examples", str(EXAMPLES)]
    # The key stands in `Authorization`, so a request with a wrong `x-api-key` or none is a valid one.
    arguments += ["--generation-with-security-parameters", "false"]
    arguments += ["--generation-database", "none", "--no-shrink", "--workers", "1", "--request-timeout", "20", "--warnings", "off"]
    with contextlib.redirect_stdout(io.StringIO()) as said:
        try:
            failed = command.main(arguments, standalone_mode=False)
        except SystemExit as ended:
            failed = ended.code
if failed:
    print(said.getvalue())
number = sum(map(len, answers.values()))
never = [name for name in operations if not any(200 <= status < 300 for status in answers.get(name, ()))]
assert not failed, "answers are not as the contract says"
assert not never, f"operations that never succeeded: {never}"
print(f"contract: {number} requests for {len(operations)} operations")
