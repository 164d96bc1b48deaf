"""Queueing a request from the command line; see `flows.submit`.

python -m deployments.submit request.json --tenant acme --priority batch --key order-17
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import get_args

from deployments.address import find_server
from flows.submit import submit
from reel.control.documents import read_document
from reel.errors import ReelError
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
    parser.add_argument(
        "--webhook", metavar="URL", help="where its events go besides; the tenant must be allowed that host"
    )
    parser.add_argument("--webhook-event", action="append", help="this type alone; may be given several times")
    options = parser.parse_args()
    find_server()
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
        document = read_document(options.request)
        if options.webhook or options.webhook_event:
            document["webhook"] = {"url": options.webhook, "events": options.webhook_event}
        generation = submit(document, terms)
    except (ReelError, OSError) as error:
        sys.exit(str(error))
    print(generation.id, generation.status)


if __name__ == "__main__":
    main()
