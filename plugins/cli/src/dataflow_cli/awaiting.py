"""A console of the standard library whose lines may await: each runs on one loop, in one context."""

from __future__ import annotations

import ast
import asyncio
import code
import contextvars
import inspect
import sys
from types import CodeType, FunctionType
from typing import Any, Literal


class AwaitingConsole(code.InteractiveConsole):
    """Lines are compiled as ``python -m asyncio`` does; between them nothing runs on the loop."""

    def __init__(self, names: dict[str, Any], runner: asyncio.Runner) -> None:
        super().__init__(names)
        self.compile.compiler.flags |= ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
        self.has_failed = False
        self._runner = runner
        # what one line sets, such as the tenant of a block, the next one finds
        self._context = contextvars.copy_context()

    def raw_input(self, prompt: str = "") -> str:
        """The next line; a pipe is shown no prompt."""
        return super().raw_input(prompt if sys.stdin.isatty() else "")

    def runcode(self, code: CodeType) -> None:
        try:
            self.evaluated(code)
        except SystemExit:
            raise
        except BaseException:  # Ctrl-C ends the line, and not the prompt
            self.has_failed = True
            self.showtraceback()

    def showsyntaxerror(self, *arguments: Any, **options: Any) -> None:
        self.has_failed = True
        super().showsyntaxerror(*arguments, **options)

    def compiled(self, source: str, mode: Literal["eval", "exec"]) -> CodeType:
        """A whole program, or one expression."""
        flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
        made: CodeType = compile(source, "<shell>", mode, flags, dont_inherit=True)
        return made

    def evaluated(self, code: CodeType) -> Any:
        """What a code gives, awaited where it awaits."""
        value = self._context.run(FunctionType(code, self.locals))
        return self._runner.run(value, context=self._context) if inspect.iscoroutine(value) else value
