"""Dreams that begin by a schedule, and webhooks that say that they ended, with the official Python SDK as it is: it
verifies the signature and reads the message.

    python webhooks.py URL KEY MODEL_PORT

Ends with 0 when every check passed.
"""

import queue
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import anthropic
from anthropic import Anthropic

url, key = sys.argv[1:3]
client = Anthropic(base_url=url, api_key=key, _strict_response_validation=True)
came = queue.Queue()


class Hook(BaseHTTPRequestHandler):
    def do_POST(self):
        came.put((dict(self.headers.items()), self.rfile.read(int(self.headers["content-length"])).decode()))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_):
        pass


hook = HTTPServer(("127.0.0.1", 0), Hook)
threading.Thread(target=hook.serve_forever, daemon=True).start()
made = client.post("/v1/x/webhooks", cast_to=object, body={"url": f"http://127.0.0.1:{hook.server_port}/"})

store = client.beta.memory_stores.create(name="Shop")
session = client.beta.sessions.create(
    agent="agent_1", environment_id="env_1",
    resources=[{"type": "memory_store", "memory_store_id": store.id}],
)
dream = client.beta.dreams.create(model="x_none", inputs=[
    {"type": "memory_store", "memory_store_id": store.id},
    {"type": "sessions", "session_ids": [session.id]},
])
headers, body = came.get(timeout=60)
headers = {name.lower(): value for name, value in headers.items()}
event = client.beta.webhooks.unwrap(body, headers=headers, key=made["secret"])
assert (event.data.type, event.data.id) == ("dream.completed", dream.id), event
assert event.id == headers["webhook-id"], (event.id, headers)
try:
    client.beta.webhooks.unwrap(body.replace("completed", "failed"), headers=headers, key=made["secret"])
    raise SystemExit("a message that somebody changed is believed")
except Exception as error:
    assert type(error).__name__ == "WebhookVerificationError", error
client.delete(f"/v1/x/webhooks/{made['id']}", cast_to=object)

path = f"/v1/x/memory_stores/{store.id}/schedule"
wanted = {"cron": "0 3 * * * Europe/Berlin", "model": "x_none", "min_sessions": 5}
put = client.put(path, cast_to=object, body=wanted)
assert put["idle_minutes"] == 10 and put["next_at"] > dream.created_at.isoformat(), put
assert client.get(path, cast_to=object) == put
client.delete(path, cast_to=object)
hook.shutdown()
print(f"anthropic {anthropic.__version__}: schedules and webhooks passed")
