"""Runs the Python of docs/server.md as it stands, but for the address.

    python document.py URL KEY MODEL_PORT [--without WORD]

Blocks that hold the word are left out: for what only some of those that speak the API have. Ends with 0 when it ran and what it prints is what the page says.
"""

import contextlib
import io
import os
import re
import sys
import tempfile
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
said = io.StringIO()
with tempfile.TemporaryDirectory() as folder:
    os.chdir(folder)
    Path("key").write_text(key + "\n")
    with contextlib.redirect_stdout(said):
        exec("\n".join(blocks).replace("http://127.0.0.1:8300", url), {})
    os.chdir("/")
said = said.getvalue()
assert "/notes.md - The staging host is blue." in said and "always use tabs" in said, said
print(f"anthropic {anthropic.__version__}: the document passed")
