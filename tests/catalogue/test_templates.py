"""Stored templates: versions that never change, published, retired, and found by id and by name."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from reel.catalogue import NewUsageRecord, VersionUsage
from reel.errors import InvalidRequest, NotFound
from tests.catalogue.conftest import request


@pytest.fixture
def card(catalogue):
    """A template of three versions, of which the first two are published."""
    with catalogue.tenant("acme") as records:
        template = records.add_template("card", "of customers")
        for number in (1, 2, 3):
            records.add_version("card", {"kind": "template", "number": number}, f"v{number}")
        for number in (1, 2):
            records.publish(template.id, number)
    return template


def version(records, which="latest"):
    return records.orderable_version("card", which).version


def test_latest_is_the_highest_that_is_published_and_not_retired(catalogue, card):
    with catalogue.tenant("acme") as records:
        assert version(records) == 2
        records.retire("card", 2)
        assert version(records) == 1
        records.publish("card", 2)
        assert version(records) == 2
        assert [each.version for each in records.template_versions(card.id)] == [3, 2, 1]


@pytest.mark.parametrize(
    ("which", "said"), [(3, "version 3 of 'card' is a draft"), (4, "'card' has no version 4"), (0, "no version 0")]
)
def test_what_is_no_version_to_order_is_refused(catalogue, card, which, said):
    with catalogue.tenant("acme") as records, pytest.raises(InvalidRequest, match=said):
        version(records, which)


def test_of_a_retired_template_nothing_new_is_made(catalogue, card):
    with catalogue.tenant("acme") as records:
        records.retire("card")
        for which in ("latest", 1):
            with pytest.raises(InvalidRequest, match="'card' is retired"):
                version(records, which)
        with pytest.raises(NotFound):
            records.publish("card", 9)
        assert records.template("card").retired
        records.publish("card", 1)  # which takes it back
        assert records.template("card").retired is None
        assert version(records, 1) == 1


def test_a_name_is_one_templates(catalogue, card):
    with catalogue.tenant("acme") as records, pytest.raises(InvalidRequest, match="is a template already"):
        records.add_template("card")
    with catalogue.tenant("other") as records:
        assert records.templates() == []
        for refused in (
            lambda: records.template(card.id),
            lambda: records.template_version("card", 1),
            lambda: records.publish("card", 1),
            lambda: records.retire("card"),
            lambda: records.add_version("card", {}),
            lambda: records.template_usage(card.id),
        ):
            with pytest.raises(NotFound, match="there is no template"):
                refused()
        assert records.add_template("card").id != card.id


def test_nobody_hides_a_template_behind_the_id_of_another(catalogue, card):
    with catalogue.tenant("acme") as records:
        with pytest.raises(InvalidRequest, match="is a template already"):
            records.add_template(card.id)
        assert records.template(card.id) == card


def test_versions_that_are_added_at_once_are_numbered_one_by_one(catalogue, card):
    def add(number):
        with catalogue.tenant("acme") as records:
            return records.add_version("card", {"number": number}).version

    with ThreadPoolExecutor(4) as threads:
        assert sorted(threads.map(add, range(8))) == list(range(4, 12))


def test_usage_goes_by_version_and_outlasts_generations(catalogue, card, made, clock):
    for number, seconds in ((1, 2.0), (2, 3.0), (2, 5.0)):
        with catalogue.tenant("acme") as records:
            new, _ = records.add(request(template=card.id, template_version=number))
            records.delivered(new.id, [], NewUsageRecord(output_seconds=seconds), {}, 1.0)
        made.end(new)
    made.add()
    with catalogue.operator() as everybody:
        assert len(everybody.forget_generations(clock.pass_(1))) == 3
    with catalogue.tenant("acme") as records:
        assert records.template_usage("card") == [
            VersionUsage(version=2, generations=2, output_seconds=8.0),
            VersionUsage(version=1, generations=1, output_seconds=2.0),
        ]
