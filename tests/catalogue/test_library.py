"""A tenant's library in the catalogue: assets by their states, uploads that one request writes at a time, bytes that are kept
once, and projects."""

from __future__ import annotations

from datetime import timedelta

import pytest

from reel.catalogue import (
    NewAsset,
    NoSuchAsset,
    NoSuchProject,
    NoSuchUpload,
    UploadBusy,
    UploadExpired,
    UploadPart,
    WrongOffset,
)
from reel.errors import InvalidRequest
from tests.catalogue.conftest import uploading

LEASE, KEEP = timedelta(seconds=30), timedelta(hours=1)


def claim(records, asset, offset=4, who="me"):
    return records.claim_upload(asset.id, offset, who, LEASE, KEEP)


class TestUploads:
    def test_an_upload_goes_on_where_it_was_left(self, catalogue):
        with catalogue.tenant("acme") as records:
            asset = uploading(records)
            mine = claim(records, asset)
            part = UploadPart(asset=asset.id, number=2, etag="f", bytes=5)
            records.note_received(mine.model_copy(update={"received": 9, "rest": 1}), [part], None)
            assert (records.upload(asset.id).received, records.upload(asset.id).rest) == (9, 1)
            assert [(each.number, each.bytes) for each in records.upload_parts(asset.id)] == [(1, 4), (2, 5)]

    def test_one_request_writes_at_a_time(self, catalogue, clock):
        with catalogue.tenant("acme") as records:
            asset = uploading(records)
            first = claim(records, asset, who="first")
            with pytest.raises(UploadBusy):
                claim(records, asset, who="second")
            clock.pass_(31)
            claim(records, asset, who="second")
            with pytest.raises(UploadBusy, match="taken over"):
                records.note_received(first.model_copy(update={"received": 9}), [], None)
            assert records.upload(asset.id).received == 4

    def test_a_lease_is_renewed_by_progress(self, catalogue, clock):
        with catalogue.tenant("acme") as records:
            asset = uploading(records)
            mine = claim(records, asset)
            clock.pass_(20)
            records.note_received(mine.model_copy(update={"received": 6}), [], LEASE)
            clock.pass_(20)
            with pytest.raises(UploadBusy):
                claim(records, asset, 6, "other")

    @pytest.mark.parametrize("offset", [0, 3, 5, 10])
    def test_what_does_not_come_next_is_refused(self, catalogue, offset):
        with catalogue.tenant("acme") as records:
            asset = uploading(records)
            with pytest.raises(WrongOffset, match="has 4 bytes"):
                claim(records, asset, offset)

    def test_what_nobody_goes_on_with_expires(self, catalogue, clock):
        with catalogue.tenant("acme") as records:
            asset = uploading(records)
        clock.pass_(3600)
        with catalogue.tenant("acme") as records, pytest.raises(UploadExpired):
            claim(records, asset)
        with catalogue.operator() as everybody:
            assert [upload.asset for upload in everybody.expired_uploads(clock.now)] == [asset.id]

    def test_an_upload_is_over_when_all_has_come(self, catalogue):
        with catalogue.tenant("acme") as records:
            asset = uploading(records)
            assert records.arrived(asset.id, "acme/a", 10).state == "quarantined"
            assert records.arrived(asset.id, "acme/b", 10).object == "acme/a"
            assert records.upload_parts(asset.id) == []
            with pytest.raises(NoSuchUpload):
                records.upload(asset.id)


def arrive(catalogue, tenant="acme", object_="acme/a", **fields):
    with catalogue.tenant(tenant) as records:
        asset = uploading(records, **fields)
        records.arrived(asset.id, object_, 10)
    with catalogue.operator() as everybody:
        found = everybody.claim_asset(everybody._now(), LEASE)
    assert found
    assert found.id == asset.id
    return found


def ready(catalogue, asset, sha256="aa", **change):
    with catalogue.tenant(asset.tenant_id) as records:
        return records.looked_at(asset, {"state": "ready", "sha256": sha256, "due": None, **change})


class TestLookingAtAssets:
    def test_each_is_one_lookers_for_a_while(self, catalogue, clock):
        asset = arrive(catalogue)
        with catalogue.operator() as everybody:
            assert everybody.claim_asset(clock.now, LEASE) is None
            again = everybody.claim_asset(clock.pass_(31), LEASE)
        assert again
        assert again.attempts == 2
        # Whoever was thought dead comes too late.
        assert ready(catalogue, asset) is None
        assert ready(catalogue, again) == []
        with catalogue.operator() as everybody:
            assert everybody.claim_asset(clock.pass_(3600), LEASE) is None

    def test_the_same_bytes_are_kept_once_for_a_tenant(self, catalogue):
        first, second, other = (
            arrive(catalogue, tenant, name) for tenant, name in (("acme", "1"), ("acme", "2"), ("sued", "3"))
        )
        assert ready(catalogue, first) == []
        assert ready(catalogue, second) == ["2"]
        assert ready(catalogue, other) == []
        with catalogue.operator() as everybody:
            assert everybody.library_objects() == {"1", "3"}
        with catalogue.tenant("acme") as records:
            assert records.remove_asset(first.id) == []
            assert records.remove_asset(second.id) == ["1"]

    def test_the_bytes_of_what_is_refused_go(self, catalogue):
        asset = arrive(catalogue)
        with catalogue.tenant("acme") as records:
            assert records.looked_at(asset, {"state": "refused", "due": None}) == ["acme/a"]
            assert records.library_asset(asset.id).object is None

    def test_nothing_comes_of_what_was_removed_meanwhile(self, catalogue):
        asset = arrive(catalogue)
        with catalogue.tenant("acme") as records:
            assert records.remove_asset(asset.id) == ["acme/a"]
        assert ready(catalogue, asset) is None


class TestListing:
    def test_pages_filters_and_folders(self, catalogue, clock):
        with catalogue.tenant("acme") as records:
            for number in range(5):
                clock.pass_(1)
                records.keep_asset(NewAsset(name=f"Clip {number}.mov", folder="summer" if number % 2 else ""))
            first = records.library(limit=2)
            rest = records.library(after=first[-1].id)
            assert [asset.name[5] for asset in (*first, *rest)] == ["4", "3", "2", "1", "0"]
            assert [asset.name for asset in records.library(name="CLIP 3")] == ["Clip 3.mov"]
            assert records.library(name="%") == []
            assert {asset.folder for asset in records.library(folder="summer")} == {"summer"}
            assert records.folders() == {"summer": 2}
            with pytest.raises(NoSuchAsset):
                records.library(after="ast_0")

    @pytest.mark.parametrize("fields", [{"name": ""}, {"name": "a\nb"}, {"name": "a", "folder": "x" * 256}])
    def test_bad_names(self, catalogue, fields):
        with catalogue.tenant("acme") as records, pytest.raises(InvalidRequest):
            records.keep_asset(NewAsset(**fields))


class TestProjects:
    def test_assets_in_order(self, catalogue):
        with catalogue.tenant("acme") as records:
            a, b = uploading(records), uploading(records)
            made = records.make_project("films", {"title": "Films", "assets": [b.id, a.id, b.id]})
            assert made.assets == [b.id, a.id, b.id]
            records.remove_asset(b.id)
            assert records.project("films").assets == [a.id]

    def test_a_generation_brings_a_removed_one_back_without_what_it_held(self, catalogue, made):
        with catalogue.tenant("acme") as records:
            records.make_project("films", {"title": "Films"})
            records.remove_project("films")
            assert records.projects() == []
            with pytest.raises(NoSuchProject):
                records.project("films")
        made.add(project="films")
        with catalogue.tenant("acme") as records:
            assert records.project("films").title == ""
            records.change_project("films", {"title": "Again"})
        made.add(project="films")
        with catalogue.tenant("acme") as records:
            assert records.project("films").title == "Again"

    @pytest.mark.parametrize(
        ("id_", "change", "place"),
        [
            ("films", {}, "id"),
            ("Ü", {}, "id"),
            ("", {}, "id"),
            ("new", {"assets": ["ast_0"]}, "assets[0]"),
            ("new", {"assets": ["ast_0"] * 1001}, "assets"),
        ],
    )
    def test_what_is_refused(self, catalogue, id_, change, place):
        with catalogue.tenant("acme") as records:
            records.make_project("films", {})
        with pytest.raises(InvalidRequest) as refused, catalogue.tenant("acme") as records:
            records.make_project(id_, change)
        assert refused.value.problems[0].place == place
