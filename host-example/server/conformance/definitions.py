"""Agents and environments with the official Python SDK: scripts make both before they make a session.

    python definitions.py URL KEY MODEL_PORT

Ends with 0 when every check passed. The SDK parses each answer strictly.
"""

import sys

import anthropic
from anthropic import Anthropic

url, key = sys.argv[1:3]
client = Anthropic(base_url=url, api_key=key, _strict_response_validation=True)
agents, environments = client.beta.agents, client.beta.environments


def refused(kind, error_type, call):
    try:
        call()
    except kind as error:
        assert error.type == error_type, (error.type, error_type)
        return error
    raise AssertionError(f"no {kind.__name__}")


def bad(call):
    return refused(anthropic.BadRequestError, "invalid_request_error", call)


def check_agents():
    made = agents.create(name="Coder", model="claude-sonnet-5", system="You write code.", metadata={"team": "shop"})
    assert made.id.startswith("agent_") and (made.version, made.model.id) == (1, "claude-sonnet-5")
    assert (made.tools, made.skills, made.archived_at) == ([], [], None)
    changed = agents.update(made.id, version=1, name="Writer", metadata={"team": None, "area": "web"})
    assert (changed.version, changed.name, changed.metadata) == (2, "Writer", {"area": "web"})
    assert changed.system == "You write code."
    assert agents.update(made.id, name="Writer").version == 2, "nothing changed"
    refused(anthropic.ConflictError, "conflict_error", lambda: agents.update(made.id, version=1, name="Late"))
    bad(lambda: agents.update(made.id, name=None))
    bad(lambda: agents.create(name="", model="claude-sonnet-5"))
    bad(lambda: agents.create(name="Coder", model="claude-sonnet-5", extra_body={"colour": "red"}))
    assert agents.retrieve(made.id).name == "Writer"

    # A session shows the agent as it is when the session is made, and one that nobody described by its id.
    session = client.beta.sessions.create(agent=made.id, environment_id=environments.create(name="Cloud").id)
    assert (session.agent.name, session.agent.version, session.agent.system) == ("Writer", 2, "You write code.")
    assert client.beta.sessions.create(agent="agent_other", environment_id="env_other").agent.name == "agent_other"

    archived = agents.archive(made.id)
    assert archived.archived_at and agents.archive(made.id).archived_at == archived.archived_at
    bad(lambda: agents.update(made.id, name="Again"))
    assert client.beta.sessions.retrieve(session.id).agent.name == "Writer"
    more = [agents.create(name=f"Agent {n}", model={"id": "claude-sonnet-5"}).id for n in range(5)]
    assert [a.id for a in agents.list(limit=2)][:5] == more[::-1]
    assert made.id in [a.id for a in agents.list(include_archived=True)]
    assert made.id not in [a.id for a in agents.list()]
    refused(anthropic.NotFoundError, "not_found_error", lambda: agents.retrieve("agent_none"))


def check_environments():
    made = environments.create(name="Cloud", description="Where it runs.")
    assert made.id.startswith("env_") and made.config.type == "cloud"
    network = {"type": "cloud", "networking": {"type": "unrestricted"}, "packages": {
        "apt": ["git"], "cargo": [], "gem": [], "go": [], "npm": [], "pip": []}}
    changed = environments.update(made.id, config=network, description=None)
    assert (changed.config.packages.apt, changed.description) == (["git"], None)
    assert made.id in [e.id for e in environments.list()]
    assert environments.archive(made.id).archived_at
    assert environments.delete(made.id).type == "environment_deleted"
    refused(anthropic.NotFoundError, "not_found_error", lambda: environments.retrieve(made.id))
    refused(anthropic.NotFoundError, "not_found_error", lambda: agents.retrieve(changed.id))


check_agents()
check_environments()
print("definitions: done")
