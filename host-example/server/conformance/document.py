"""Runs the Python of docs/server.md and of README.md as it stands, but for the address.

    python document.py URL KEY MODEL_PORT [--without WORD]

Blocks that hold the word are left out: for what only some of those that speak the API have. Ends with 0 when it ran and what it prints is what the page says.
"""

import contextlib
import io
import os
import re
import sys
import tempfile
import time
from pathlib import Path

import anthropic

url, key = sys.argv[1:3]
page = (Path(__file__).parents[3] / "docs/server.md").read_text()
blocks = re.findall(r"^```python\n(.*?)^```", page, re.DOTALL | re.MULTILINE)
assert len(blocks) == 4, len(blocks)
if sys.argv[4:5] == ["--without"]:
    kept = [block for block in blocks if sys.argv[5] not in block]
    assert len(kept) == 3, len(kept)
    blocks = kept
readme = re.findall(r"^```python\n(.*?)^```", (Path(__file__).parents[3] / "README.md").read_text(), re.DOTALL | re.MULTILINE)
assert len(readme) == 1 and len(readme[0].splitlines()) <= 20, readme


def said(code):
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(code.replace("http://127.0.0.1:8300", url), {})
    return out.getvalue()


with tempfile.TemporaryDirectory() as folder:
    os.chdir(folder)
    for place in ("key", "target/serve/key"):
        Path(place).parent.mkdir(parents=True, exist_ok=True)
        Path(place).write_text(key + "\n")
    page, first = said("\n".join(blocks)), said(readme[0])
    os.chdir("/")
assert "/notes.md - The staging host is blue." in page and "always use tabs" in page, page
dream = first.strip().removeprefix(f"{url}/#/dreams/")
dreams = anthropic.Anthropic(base_url=url, api_key=key).beta.dreams
for _ in range(300):
    if dreams.retrieve(dream).status not in ("pending", "running"):
        break
    time.sleep(0.1)
assert dreams.retrieve(dream).status == "completed", dreams.retrieve(dream)
print(f"anthropic {anthropic.__version__}: the document passed")
