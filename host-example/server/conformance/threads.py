"""Threads of sessions with the official Python SDK, unmodified.

    python threads.py URL KEY MODEL_PORT

Ends with 0 when every check passed.
"""

import sys

import anthropic
from anthropic import Anthropic

url, key = sys.argv[1:3]
sessions = Anthropic(base_url=url, api_key=key, _strict_response_validation=True).beta.sessions


def text(words):
    return [{"type": "text", "text": words}]


def check_threads():
    # Version 1.17.0 knows none.
    if not hasattr(sessions, "threads"):
        return
    session = sessions.create(agent="lead", environment_id="env_shop", metadata={"x_import": "true"})
    sessions.events.send(session.id, events=[
        {"type": "user.message", "content": text("Find it.")},
        {"type": "session.thread_created", "session_thread_id": "sthr_finder", "agent_name": "finder"},
        {"type": "agent.message", "session_thread_id": "sthr_finder", "content": text("Found.")},
    ])
    first, finder = sessions.threads.list(session.id)
    assert (first.parent_thread_id, finder.parent_thread_id, finder.agent.name) == (None, first.id, "finder")
    assert sessions.threads.retrieve(finder.id, session_id=session.id).id == finder.id
    assert [e.type for e in sessions.threads.events.list(first.id, session_id=session.id)] == ["user.message", "session.thread_created"]
    assert [e.content[0].text for e in sessions.threads.events.list(finder.id, session_id=session.id)] == ["Found."]
    sessions.delete(session.id)


check_threads()
print(f"anthropic {anthropic.__version__}: threads passed")
