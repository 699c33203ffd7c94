"""Errors in notebooks: the cell and its line, the user's own frames, HTML where an error is a value."""

import re
import subprocess
import sys
from collections.abc import Iterator
from queue import Empty

import pytest
from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.manager import start_new_kernel

MODELS = """\
from dataflow import DataFlow
db = DataFlow()
@db.model
class User:
    id: str
    name: str
    age: int = 0
"""
CELLS = """
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
for cell in {cells!r}:
    shell.run_cell(cell, store_history=True)
"""
WRONG = 'created = db.sync.User.create(id="u1", name="Ann", age="twenty")'


def shown(*cells: str) -> str:
    """What IPython prints for cells, the model's before them."""
    program = CELLS.format(cells=[MODELS, *cells])
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_cell_is_named_and_its_line_is_shown() -> None:
    assert shown(f"x = 1\n{WRONG}").startswith(
        "Traceback (most recent call last), your own code only:\n"
        "  Cell In[2]:2, in <module>\n"
        f"    {WRONG}\n"
        "dataflow.diagnostics.errors.NodeError: error[DF-N104]: wrong value for 'age' of User: expected an int\n"
        "  --> Cell In[2]:2:11\n"
        f"    2 | {WRONG}\n"
        "      |                                                    ^ expected an int\n"
        "Context\n"
    )


def test_each_call_is_shown_in_its_own_cell() -> None:
    told = shown(
        f"def make():\n    {WRONG}",
        "make()",
        f"# another text\n{WRONG}",
        'await db.User.create(id="u1", name="Ann", age="twenty")',
    )
    assert "  Cell In[3]:1, in <module>\n    make()\n  Cell In[2]:2, in make\n" in told
    places = [line.strip() for line in told.splitlines() if line.startswith("  --> ")]
    assert places == ["--> Cell In[2]:2:15", "--> Cell In[4]:2:11", "--> Cell In[5]:1:7"]


def test_what_was_raised_behind_an_error_comes_first() -> None:
    told = shown(
        "from dataflow import LocalRuntime\n@db.node\ndef half(x: int) -> int:\n    return x // 0",
        'whole = db.workflow()\nwhole.add_node(half, "half", {"x": 2})\n'
        "with LocalRuntime() as runtime:\n    runtime.execute(whole.build())",
    )
    cause, _, error = told.partition("\nThe above exception was the direct cause of the following exception:\n")
    assert "  Cell In[2]:4, in half\n    return x // 0\nZeroDivisionError: " in cause
    assert "  Cell In[3]:4, in <module>\n" in error
    assert "error[DF-X101]" in error


def test_error_as_a_value_is_html() -> None:
    told = shown(
        f"try:\n    {WRONG}\nexcept Exception as error:\n    kept = error",
        "data, _ = get_ipython().display_formatter.format(kept)\nprint(sorted(data))\nprint(data['text/html'])",
    )
    assert "['text/html', 'text/plain']" in told
    assert '<pre class="dataflow-error"' in told
    assert "error[DF-N104]: wrong value for &#x27;age&#x27; of User" in told
    assert "Cell In[2]:2:15" in told


@pytest.fixture
def kernel() -> Iterator[BlockingKernelClient]:
    """Start the kernel that a notebook talks to."""
    manager, client = start_new_kernel(kernel_name="python3")
    try:
        yield client
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def answer(client: BlockingKernelClient, cell: str) -> list[dict[str, object]]:
    """The messages of a cell's outputs."""
    asked = client.execute(cell)
    found: list[dict[str, object]] = []
    while True:
        try:
            message = client.get_iopub_msg(timeout=60)
        except Empty:
            raise AssertionError("the kernel does not answer") from None
        if message["parent_header"].get("msg_id") != asked:
            continue
        if message["msg_type"] == "status" and message["content"]["execution_state"] == "idle":
            return found
        if message["msg_type"] in ("error", "execute_result"):
            found.append(message["content"])


def test_jupyter_kernel_names_the_cell_and_shows_html(kernel: BlockingKernelClient) -> None:
    assert answer(kernel, MODELS) == []
    (error,) = answer(kernel, f"x = 1\n{WRONG}")
    assert error["ename"] == "NodeError"
    text = "\n".join(error["traceback"])  # type: ignore[arg-type]  # lines of text, says the protocol
    assert re.search(r"  --> Cell In\[2\]:2:11\n    2 \| created = ", text)
    assert "ipykernel" not in text
    assert "site-packages" not in text
    (result,) = answer(kernel, f"try:\n    {WRONG}\nexcept Exception as error:\n    kept = error\nkept")
    assert '<pre class="dataflow-error"' in result["data"]["text/html"]  # type: ignore[index]  # as above
