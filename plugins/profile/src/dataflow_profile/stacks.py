"""A profile for other programs: folded stacks, and the file format of speedscope."""

from __future__ import annotations

import json
from collections.abc import Iterator

from dataflow_profile.frames import Frame

SCHEMA = "https://www.speedscope.app/file-format-schema.json"
Stack = tuple[tuple[str, ...], float]


def stacks(root: Frame) -> Iterator[Stack]:
    """Each path of names below the root, and the milliseconds spent at its end."""
    for path, frame in root.walk():
        if len(path) > 1 and frame.self_ms > 0:
            yield path[1:], frame.self_ms


def folded(root: Frame) -> str:
    """A line per stack, ``outer;inner microseconds``, as flamegraph.pl and inferno read them."""
    return "".join(f"{';'.join(map(_word, path))} {round(took * 1000)}\n" for path, took in stacks(root))


def _word(name: str) -> str:
    # the format has no escapes
    return name.replace(";", ",").replace("\n", " ")


def speedscope(root: Frame, title: str) -> str:
    """One profile per workflow."""
    names: dict[str, int] = {}
    profiles = []
    for workflow in root.parts.values():
        found = [(path, took) for path, took in stacks(root) if path[0] == workflow.name]
        samples = [[names.setdefault(name, len(names)) for name in path] for path, _ in found]
        weights = [round(took, 6) for _, took in found]
        profiles.append(
            {
                "type": "sampled",
                "name": workflow.name,
                "unit": "milliseconds",
                "startValue": 0,
                "endValue": round(sum(weights), 6),
                "samples": samples,
                "weights": weights,
            }
        )
    document = {
        "$schema": SCHEMA,
        "exporter": "dataflow-profile",
        "name": title,
        "activeProfileIndex": 0,
        "shared": {"frames": [{"name": name} for name in names]},
        "profiles": profiles,
    }
    return json.dumps(document, indent=1)
