"""The fault suite; it ends with 1 where anything was wrong.

python -m tests.faults --rounds 10                                  # one fault at a time (docs/faults.md)
python -m tests.faults load --generations 200 --workers 3           # many generations, and kills all the time
python -m tests.faults resume                                       # what going on after a kill costs
python -m tests.faults acceptance --orders 20 --faults 60           # all at once: tenants, ways to order, every kind of fault
python -m tests.faults gateway --orders 200 --kills 40              # customers who upload and order, while all of it dies
python -m tests.faults triggers                                     # what the embedded stack answers just as runs end
"""

from __future__ import annotations

import argparse
import secrets
import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.faults.installation import Installation, installation
from tests.faults.triggers import run_triggers


@contextmanager
def _folder(keep: bool) -> Iterator[Path]:
    if keep:
        yield Path(tempfile.mkdtemp(prefix="reel-faults-"))
        return
    with tempfile.TemporaryDirectory(prefix="reel-faults-") as folder:
        yield Path(folder)


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _end(number: int, _: object) -> None:
    """So that all is put away; once, as that must not be interrupted."""
    signal.signal(number, signal.SIG_IGN)
    sys.exit("ended")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "what", nargs="?", choices=["trials", "load", "resume", "acceptance", "gateway", "triggers"], default="trials"
    )
    parser.add_argument("--seed", type=int, default=secrets.randbelow(1 << 32), help="of all that is left to chance")
    parser.add_argument("--keep", action="store_true", help="keep the logs")
    parser.add_argument("--rounds", type=int, default=1, help="trials: random moments of each kind")
    parser.add_argument("--only", action="append", help="trials: kinds of fault; may be given several times")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--limit", type=int, default=1, help="runs of a worker at a time")
    parser.add_argument("--generations", type=int, default=60, help="load: how many")
    parser.add_argument("--every", type=float, default=20.0, help="load: seconds between two kills")
    parser.add_argument("--orders", type=int, default=20, help="acceptance, gateway: how many")
    parser.add_argument("--faults", type=int, default=60, help="acceptance: how many")
    parser.add_argument("--kills", type=int, default=8, help="gateway: how many")
    parser.add_argument("--minutes", type=float, default=600, help="gateway: after so many, nobody orders any more")
    parser.add_argument("--triggers", type=int, default=200, help="triggers: how many")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, _end)
    with _folder(options.keep) as folder:
        wrong = run_triggers(folder, options.triggers, _say) if options.what == "triggers" else _tried(folder, options)
    _say("\n".join(wrong) or "all is right")
    sys.exit(bool(wrong))


def _tried(folder: Path, options: argparse.Namespace) -> list[str]:
    """What goes wrong in a whole installation."""
    _say(f"seed {options.seed}, {options.workers} workers, in {folder}")
    if options.what in ("acceptance", "gateway"):
        return _heard(folder, options)
    settings = {"REEL_MOST_CRASHES": "20"} if options.what == "load" else {}
    with installation(folder, options.workers, settings, options.limit) as site:
        return _run(site, options)


def _heard(folder: Path, options: argparse.Namespace) -> list[str]:
    """What goes wrong of many orders under many faults, with a receiver of webhooks."""
    from tests.control.receiving import Receiver, serving

    receiver = Receiver()
    with serving(receiver):
        settings = {
            "REEL_MOST_CRASHES": "20",
            # Receivers on this machine, which webhooks are not sent to otherwise.
            "REEL_PRIVATE_NETWORKS": "true",
            "REEL_WEB_PORTS": f"[{receiver.port}]",
        }
        if options.what == "acceptance":
            with installation(folder, options.workers, settings, options.limit) as site:
                from tests.faults import acceptance

                return acceptance.run_acceptance(site, receiver, options.orders, options.faults, options.seed, _say)
        priced = {"REEL_CREDITS": "true", "REEL_PRICE_PROCESSOR_SECOND": "0.01"}
        with installation(folder, options.workers, settings | priced, options.limit, gateway=True) as site:
            from tests.faults import gateway

            return gateway.run_gateway(
                site, receiver, options.orders, options.kills, options.minutes, options.seed, _say
            )


def _run(site: Installation, options: argparse.Namespace) -> list[str]:
    # Not before: Prefect reads the server's address when it is imported.
    from tests.faults import load, resume, suite

    if options.what == "load":
        return load.run_load(site, options.generations, options.every, options.seed, _say)
    if options.what == "resume":
        return resume.run_resume(site, _say)
    return suite.run_suite(site, options.only, options.rounds, options.seed, _say)


if __name__ == "__main__":
    main()
