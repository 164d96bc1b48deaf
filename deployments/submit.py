"""Queueing a request from the command line; see `flows.submit`.

python -m deployments.submit request.json --tenant acme --priority batch --key order-17
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import get_args

from flows.submit import submit
from reel.errors import ReelError
from reel.perform.documents import read_document
from reel.request.read import parse_terms
from reel.request.terms import Priority


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("request", type=Path, help="a JSON file; its relative paths count from its folder")
    parser.add_argument("--tenant", default="default")
    parser.add_argument("--project", default="default")
    parser.add_argument("--priority", default="interactive", choices=get_args(Priority))
    parser.add_argument("--key", help="idempotency key: the same one returns the same generation")
    parser.add_argument("--slot", help="what it stands for in the project when that is made again: a file, a product")
    options = parser.parse_args()
    try:
        terms = parse_terms(
            {
                "tenant": options.tenant,
                "project": options.project,
                "priority": options.priority,
                "idempotency_key": options.key,
                "slot": options.slot,
            }
        )
        generation = submit(read_document(options.request), terms)
    except (ReelError, OSError) as error:
        sys.exit(str(error))
    print(generation.id, generation.status)


if __name__ == "__main__":
    main()
