"""Who takes a write back is killed or frozen at that, and the next one goes on."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta

import pytest

from backdrop.core.triggers import Cause
from backdrop.storage import open_storage
from backdrop.storage.mongo.work import COMMAND_SECONDS
from backdrop.storage.protocol import Receipt, Storage
from tests.contract.making import EVERYTHING, NOW, at, record, write
from tests.contract.mongo_rooms import ITS_END, Place, dying, frozen, rooms
from tests.running import wait_until
from tests.servers.mongodb import Mongod

pytestmark = pytest.mark.faults

LATER = NOW + timedelta(days=1)
OLD = [record("old", at("2020-01-01"))]
NEW = [record(f"new {i}", at("2020-01-02")) for i in range(4)]
KEYED = write(receipt=Receipt("key", "print", LATER), cause=Cause("caused", ""))
CATALOGUE, UNDO, TRIGGERS = "_backdrop.data_sets", "_backdrop.undo", "_backdrop.triggers"

DEATHS = {
    "before all": Place("drop", "_backdrop.fresh."),
    "before the first records": Place("delete", "things"),
    "before the first note": Place("delete", UNDO),
    "before the second records": Place("delete", "things", [2]),
    "before the second note": Place("delete", UNDO, [2]),
    "before the receipt": Place("delete", "_backdrop.receipts"),
    "before the trigger": Place("update", TRIGGERS),
    "before the last note": Place("delete", UNDO, [3]),
    "before the contents are looked at": Place("find", "things"),
    "before the end": ITS_END,
}
WITHOUT_RECORDS = list(DEATHS)[4:]
WITH_TRIGGER = list(DEATHS)[7:]


def send(storage: Storage) -> object:
    return storage.append("things", NEW, KEYED)


def take_back(storage: Storage) -> None:
    """As any write of another does first."""
    assert storage.delete("things", "unknown", write()) is None


def left_behind(mongod: Mongod, count: int) -> list[str]:
    """Databases with a write that was killed just before its end."""
    urls = [mongod.url() for _ in range(count)]
    for url in urls:
        storage = open_storage(url)
        storage.append("things", OLD, write())
        storage.close()
    with ExitStack() as all_of_them:
        for url in urls:
            all_of_them.enter_context(dying(url, send, ITS_END))
    return urls


def as_of_more(url: str) -> None:
    """Has the write have left what one of more records does, and a large PUT; a broker has had its trigger."""
    with rooms(url) as database:
        notes = database[UNDO]
        entry, one = database[CATALOGUE].find_one(), notes.find_one({"ids": {"$exists": True}})
        assert entry is not None
        assert one is not None
        write_id, ids = entry["lease"]["write"], one["ids"]
        notes.update_one({"_id": one["_id"]}, {"$set": {"ids": ids[:2]}})
        notes.insert_one({**one, "_id": f"{write_id}/9", "ids": ids[2:]})
        database[f"_backdrop.fresh.{write_id}"].insert_one({"_id": "fresh"})
        database[TRIGGERS].delete_many({})


def found(storage: Storage) -> list[object]:
    return [one["_id"] for one in storage.find("things", EVERYTHING, None, 0)]


def waiting(storage: Storage) -> list[str]:
    return [one.id for one in storage.waiting_triggers(LATER, 10)]


def test_who_takes_back_may_be_killed_at_any_step(mongod: Mongod) -> None:
    """The trigger isn't there before the last change, and never lost."""
    urls = dict(zip(DEATHS, left_behind(mongod, len(DEATHS)), strict=True))
    for url in urls.values():
        as_of_more(url)
    with ExitStack() as all_of_them:
        for death, place in DEATHS.items():
            all_of_them.enter_context(dying(urls[death], take_back, place))
    for death, url in urls.items():
        with rooms(url) as database:
            left = {one["_id"] for one in database["things"].find()}
            kept = {one["_id"] for one in database[TRIGGERS].find()}
            fresh = [name for name in database.list_collection_names() if "fresh" in name]
        assert (left == {"old"}) == (death in WITHOUT_RECORDS), death
        assert (kept == {"caused"}) == (death in WITH_TRIGGER), death
        assert bool(fresh) == (death == "before all"), death
    with ThreadPoolExecutor(4) as pool:
        for done in [pool.submit(goes_on, url) for url in urls.values()]:
            done.result(timeout=60)


def goes_on(url: str) -> None:
    storage = open_storage(url)
    take_back(storage)
    assert found(storage) == ["old"]
    assert waiting(storage) == ["caused"]
    with rooms(url) as database:
        assert database[UNDO].count_documents({}) == 0
        assert not [name for name in database.list_collection_names() if "fresh" in name]
    assert send(storage) is not None
    storage.close()


def test_who_takes_back_late_takes_nothing_from_the_next(mongod: Mongod) -> None:
    places = [Place("delete", "things"), Place("delete", "_backdrop.receipts"), Place("delete", UNDO)]
    urls = left_behind(mongod, len(places))
    storages = [open_storage(url) for url in urls]
    with ExitStack() as late:
        for url, place in zip(urls, places, strict=True):
            late.enter_context(frozen(url, take_back, place))
        with ThreadPoolExecutor(len(places)) as pool:
            # waits until the lease is over
            assert all(pool.map(send, storages, timeout=60))
    for storage in storages:
        assert found(storage) == ["old", *(one["_id"] for one in NEW)]
        assert send(storage) is None
        storage.close()


def test_who_is_gone_is_waited_for_until_nothing_of_his_is_in_time(mongod: Mongod) -> None:
    """He may have been cut off for a moment only, and come back with what he was about to send."""
    (url,) = left_behind(mongod, 1)
    with rooms(url) as database:
        entry = database[CATALOGUE].find_one()
    assert entry is not None
    storage = open_storage(url)
    take_back(storage)
    assert datetime.now(UTC) > entry["lease"]["until"] - timedelta(seconds=COMMAND_SECONDS)
    storage.close()


CAP = 400
CAPPED_DEATHS = {
    "before the trigger": (Place("update", TRIGGERS), ["old"]),
    "before it counts": (ITS_END, ["old"]),
    "before the old ones go": (Place("delete", "things"), ["big", "old"]),
    "before the end": (Place("update", CATALOGUE, [2]), ["big"]),
}


def send_big(storage: Storage) -> object:
    big = record("big", at("2020-01-02"), text="x" * CAP)
    return storage.append("things", [big], write(capped_size=CAP, cause=Cause("caused", "")))


def test_a_capped_write_that_is_cut_off_takes_nothing_with_it_that_was_acknowledged(mongod: Mongod) -> None:
    """For nobody could bring back what has gone to make room for it."""
    for death, (place, expected) in CAPPED_DEATHS.items():
        url = mongod.url()
        storage = open_storage(url)
        storage.append("things", OLD, write(capped_size=CAP))
        with dying(url, send_big, place):
            pass
        take_back(storage)
        assert sorted(map(str, found(storage))) == expected, death
        storage.append("things", [record("next", at("2020-01-03"), text="x" * CAP)], write(capped_size=CAP))
        assert found(storage) == ["next"], death
        storage.close()


def test_a_write_that_counts_since_it_was_looked_at_stays(mongod: Mongod) -> None:
    """Who takes its lease may have looked at it before."""
    url = mongod.url()
    storage = open_storage(url)
    storage.append("things", OLD, write(capped_size=CAP))
    with dying(url, send_big, ITS_END):
        pass
    has_looked = Place("find", CATALOGUE, [2])
    with frozen(url, take_back, has_looked), rooms(url) as database:
        # its last command comes late
        entry = database[CATALOGUE].find_one_and_update({}, {"$set": {"lease.write": "one that counts"}})
        late = entry["lease"]["until"] - timedelta(seconds=COMMAND_SECONDS)
        wait_until(lambda: datetime.now(UTC) > late, "the lease to be late")
    assert sorted(map(str, found(storage))) == ["big", "old"]
    storage.close()


def test_the_end_of_a_write_that_comes_late_ends_nothing(mongod: Mongod) -> None:
    """Who takes the write back goes on under a lease that is his."""
    url = mongod.url()
    storage = open_storage(url)
    storage.append("things", OLD, write())
    before_what_is_new_goes = Place("delete", "things")
    with ExitStack() as taking_back:
        with frozen(url, send, ITS_END):
            # begins when the lease is over
            taking_back.enter_context(frozen(url, take_back, before_what_is_new_goes))
        with rooms(url) as database:
            entry = database[CATALOGUE].find_one()
        assert entry is not None
        assert "lease" in entry
    assert found(storage) == ["old"]
    assert send(storage) is not None
    storage.close()
