"""With which code a process ends."""

from __future__ import annotations

#: 0 is fine; something was found or failed, a wrong command line, an action is needed, the database cannot be reached, an error
#: of the command itself, interrupted
FAILED, USAGE, ACTION, UNREACHABLE, INTERNAL, INTERRUPTED = 1, 2, 3, 4, 5, 130
