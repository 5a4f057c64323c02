"""Run the collection vectors and print passed and failed: `python -m bench.vectors [FILE]`, or RECON_VECTORS=FILE.

Exit 0 when all pass, 1 otherwise, 2 when the file is not there.
"""

import os
import sys
from pathlib import Path

from bench.vectors.runner import run_file

SHARED = Path(__file__).parents[2].parent / "shared" / "vectors" / "collections.json"


def main() -> int:
    """Run the file and return the exit code."""
    named = sys.argv[1] if len(sys.argv) > 1 else os.environ.get("RECON_VECTORS", "")
    path = Path(named or SHARED)
    if not path.is_file():
        print(f"{path} is not there; name the vectors with RECON_VECTORS=FILE", file=sys.stderr)
        return 2
    results = run_file(path.read_text("utf-8"))
    for result in results:
        if result.failure:
            print(f"FAILED {result.id} ({result.category}): {result.failure}")
    failed = sum(bool(result.failure) for result in results)
    print(f"passed {len(results) - failed}, failed {failed}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
