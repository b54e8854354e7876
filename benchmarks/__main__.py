"""Run the benchmarks named on the command line, or all, one after the other."""

from __future__ import annotations

import pkgutil
import subprocess
import sys

import benchmarks


def main(wanted: list[str]) -> int:
    """Run each in a process of its own, so that memory is its own too."""
    known = sorted(
        module.name
        for module in pkgutil.iter_modules(benchmarks.__path__)
        if not module.name.startswith("_") and module.name.startswith("bench_")
    )
    chosen = [f"bench_{name}" for name in wanted] or known
    unknown = sorted(set(chosen) - set(known))
    if unknown:
        names = ", ".join(name.removeprefix("bench_") for name in known)
        sys.stderr.write(f"No such benchmark: {', '.join(unknown)} (known: {names}).\n")
        return 2
    codes = [
        subprocess.run([sys.executable, "-m", f"benchmarks.{name}"], check=False).returncode
        for name in chosen
    ]
    return max(codes, default=0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
