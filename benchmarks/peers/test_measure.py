"""A library that fails leaves a note and no times, whichever it is, and the others are measured."""

import argparse
import tempfile
import unittest
from pathlib import Path
from typing import Any

from cases import PEERS, QUICK, Case
from measure import Compare

GOOD = {"parameters": 100, "seconds": [0.25, 0.5, 0.75], "calls": 1}


class FakeBijou:
    name = "bijou"

    def __init__(self, answer: dict[str, Any]) -> None:
        self.answer = answer

    def measure(self, case: Case, seconds: float, repetitions: int) -> dict[str, Any]:
        return self.answer


class FakeWorkers:
    """Every peer gives the same answer."""

    def __init__(self, answer: dict[str, Any]) -> None:
        self.answer = answer

    def get(self, peer: Any, threads: int) -> "FakeWorkers":
        return self

    def send(self, **request: Any) -> None:
        pass

    def receive(self, timeout: float) -> dict[str, Any]:
        return self.answer

    def ask(self, **request: Any) -> dict[str, Any]:
        return self.answer


class MeasureTest(unittest.TestCase):
    def compare(self, bijou: dict[str, Any], peer: dict[str, Any]) -> Compare:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        options = argparse.Namespace(
            time_budget=0, peers=["zuko"], compiled="none", results=Path(folder.name), quick=True, threads=[1, 2]
        )
        options.__dict__ |= {"cases": "", "rounds": 2, "seconds": 0.02, "repetitions": 3, "timeout": 1}
        about = {"lacks": {p.name: {} for p in PEERS}}
        return Compare(options, FakeBijou(bijou), FakeWorkers(peer), about)  # type: ignore[arg-type]

    def test_all_answer(self) -> None:
        rows = self.compare(GOOD, GOOD).measure(QUICK[0])
        self.assertEqual([row["library"] for row in rows], ["bijou", "bijou", "zuko", "zuko"])
        self.assertEqual([row["round"] for row in rows], [0, 1, 0, 1])
        self.assertTrue(all(row["seconds"] == GOOD["seconds"] and row["parameters"] == 100 for row in rows))

    def test_bijou_fails(self) -> None:
        rows = self.compare({"error": "no"}, GOOD).measure(QUICK[0])
        self.assertEqual([(row["library"], row.get("note")) for row in rows], [("bijou", "no")] + [("zuko", None)] * 2)

    def test_the_peer_fails(self) -> None:
        rows = self.compare(GOOD, {"error": "no"}).measure(QUICK[0])
        self.assertEqual([(row["library"], row.get("note")) for row in rows], [("bijou", None)] * 2 + [("zuko", "no")])

    def test_goes_on_where_it_stopped(self) -> None:
        first = self.compare(GOOD, GOOD)
        self.assertEqual(first.run(), "all cases are done")
        count = len(first.results.rows)
        self.assertEqual(count, 4 * len(QUICK))
        again = Compare(first.options, FakeBijou({"error": "not asked"}), first.workers, first.about)  # type: ignore
        again.run()
        self.assertEqual(len(again.results.rows), count)


if __name__ == "__main__":
    unittest.main()
