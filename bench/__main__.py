"""Benchmarks against the budgets: `python -m bench [NAME …] [--json FILE]`.

A benchmark is a module of this folder with `figures() -> Iterable[Figure]`; its docstring says what it measures.
"""

import argparse
import json
import pkgutil
import sys
from importlib import import_module
from pathlib import Path

import bench


def names() -> list[str]:
    """The modules that measure something."""
    return sorted(
        found.name
        for found in pkgutil.iter_modules(bench.__path__)
        if "\ndef figures(" in (Path(bench.__path__[0]) / f"{found.name}.py").read_text()
    )


def main() -> int:
    """Run the benchmarks named, or all; 1 if a budget is missed."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"one of: {', '.join(names())}; all without a name")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there as well")
    arguments = parser.parse_args()
    results: dict[str, list[dict[str, object]]] = {}
    missed = 0
    for name in arguments.names or names():
        print(f"{name}:", flush=True)
        results[name] = []
        for figure in import_module(f"bench.{name}").figures():
            print(f"  {figure.line()}", flush=True)
            results[name].append(figure.row())
            missed += not figure.kept
    if arguments.json:
        arguments.json.write_text(json.dumps(results, indent=1) + "\n")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
