"""All attacks on one worker; it ends with 1 where one was not held off.

python -m tests.attack                                  # all of them
python -m tests.attack --only files,texts --keep
python -m tests.attack --mutations 200 --renders 30     # fewer
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from tests.attack.attacks import Attack, against_addresses, against_files, against_texts, mutated
from tests.attack.watch import Outcome, listening, target

PARTS = ("files", "texts", "addresses", "mutations", "renders")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default=",".join(PARTS), help=f"of {', '.join(PARTS)}")
    parser.add_argument("--mutations", type=int, default=2000, help="that are read")
    parser.add_argument("--renders", type=int, default=300, help="mutations that are rendered")
    parser.add_argument("--seed", type=int, default=0, help="the first mutation's number")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="reel-attack-") as folder:
        return run(Path(folder), options)


def run(folder: Path, options: argparse.Namespace) -> int:
    wrong: list[str] = []
    with listening() as listener, target(folder, listener.port) as victim:
        for part in options.only.split(","):
            outcomes = []
            for name, order in attacks(part, folder, listener.port, options):
                outcome = victim.attack(name, order)
                outcomes.append(outcome)
                for fault in outcome.faults(victim.canary):
                    say(f"  {fault}")
                    wrong.append(fault)
            tell(part, outcomes)
        wrong += [f"the canary is in {path}" for path in victim.read()]
        wrong += [f"somebody called: {hit}" for hit in listener.hits]
        wrong += [f"the worker died {victim.deaths} times"] if victim.deaths else []
    say("\n".join(wrong[-20:]) or "All were held off.")
    return 1 if wrong else 0


def attacks(part: str, folder: Path, port: int, options: argparse.Namespace) -> Iterator[Attack]:
    first = options.seed
    match part:
        case "files":
            return against_files(folder, port)
        case "texts":
            return against_texts(folder, port)
        case "addresses":
            return against_addresses(folder, port)
        case "mutations":
            return mutated(folder, range(first, first + options.mutations), "plan")
        case "renders":
            return mutated(folder, range(first, first + options.renders), "render")
    raise SystemExit(f"there is no part {part!r}: {', '.join(PARTS)}")


def tell(part: str, outcomes: list[Outcome]) -> None:
    """One line for a part."""
    ends = ", ".join(f"{count} {ended}" for ended, count in Counter(each.ended for each in outcomes).most_common())
    slowest, largest = max(outcomes, key=lambda each: each.seconds), max(outcomes, key=lambda each: each.peak_bytes)
    middle = statistics.median(each.seconds for each in outcomes)
    say(f"{part}: {len(outcomes)} attacks ({ends}); {middle:.2f} s in the middle,")
    say(f"  at most {slowest.seconds:.1f} s, {slowest.cpu_seconds:.1f} s of processors ({slowest.name}),")
    say(f"  and {largest.peak_bytes / 1e9:.2f} GB ({largest.name})")


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
