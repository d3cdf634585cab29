#!/usr/bin/env python3
"""tally reconcile on days that test/scenario/days.py makes, held against what is true of them.

    python3 test/scenario/test_days.py [Days.test_NAME]
"""

import copy
import csv
import json
import os
import random
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import cases  # noqa: E402
import days  # noqa: E402
import judge  # noqa: E402

TALLY = os.environ.get("TALLY", os.path.join(judge.ROOT, "build", "tally"))
SEED = 1


class DayTest(unittest.TestCase):
    def setUp(self):
        self.scratch = tempfile.TemporaryDirectory()
        self.addCleanup(self.scratch.cleanup)

    def path(self, name):
        return os.path.join(self.scratch.name, name)

    def write(self, case, seed=SEED, name="day"):
        day = days.Day(case.parts, seed, case.style)
        day.write(self.path(name))
        return day

    def compare(self, name="day", out="report", expect=(0, 1), before=()):
        done = subprocess.run(list(before) + [TALLY, "reconcile", "--platform", self.path(name + "/platform.csv"), "--operator",
                                              self.path(name + "/operator.csv"), "--out", self.path(out), "--quiet"],
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)
        self.assertIn(done.returncode, expect, done.stderr)
        return done

    def judged(self, case, seed=SEED):
        day = self.write(case, seed)
        self.compare()
        return judge.Verdict(judge.Truth(day), self.path("report"))

    def rows(self, out="report"):
        with open(self.path(out + "/matches.csv"), newline="", encoding="utf-8") as f:
            return list(csv.DictReader(f))

    def summary(self, out="report"):
        with open(self.path(out + "/summary.json"), encoding="utf-8") as f:
            return json.load(f)


class Days(DayTest):
    """One test for each case of cases.py."""


def add_case(group, case):
    def test(self):
        self.assertEqual(self.judged(case).faults(case.weak), [])
    test.__doc__ = case.name
    if case.limit:
        test = unittest.expectedFailure(test)
    name = "".join(c if c.isalnum() else "_" for c in case.name)
    assert not hasattr(Days, "test_" + name), name
    setattr(Days, "test_%s_%s" % (group, name), test)


for _group, _cases in cases.GROUPS.items():
    for _case in _cases:
        add_case(_group, _case)


class Properties(DayTest):
    CASES = ("the same without ids", "centre: clock, up to 1, copies", "pieces and 6/6", "twins of one second",
             "one node of three in another zone", "dialler, clock and whole seconds")

    def named(self):
        for case in cases.every():
            if case.name in self.CASES:
                yield case

    def test_order_and_processors_do_not_matter(self):
        for case in self.named():
            with self.subTest(case.name):
                self.write(case)
                self.compare()
                for side in ("platform", "operator"):
                    shuffle(self.path("day/%s.csv" % side), 7)
                self.compare(out="again", before=("taskset", "-c", "0"))
                first, second = self.summary(), self.summary("again")
                self.assertEqual(first["digest"], second["digest"])
                self.assertEqual(first["causes"], second["causes"])
                self.assertEqual(self.rows(), self.rows("again"))

    def test_swapping_the_sides_mirrors_the_pairs(self):
        case = cases.named("clock 37.2 s fast")
        day = self.write(case)
        self.compare()
        pairs = {(r["platformId"], r["operatorRecordId"]) for r in self.rows() if r["class"] in ("agreed", "differs")}
        swap(day, self.path("day"))
        self.compare(out="again")
        mirrored = {(r["operatorRecordId"], r["platformId"]) for r in self.rows("again") if r["class"] in ("agreed", "differs")}
        self.assertEqual(pairs, mirrored)
        there, back = self.summary(), self.summary("again")
        self.assertEqual(there["seconds"]["difference"], -back["seconds"]["difference"])
        offsets = [c["parameters"]["seconds"] for s in (there, back) for c in s["causes"] if c["cause"] == "clock_offset"]
        self.assertEqual(len(offsets), 2)
        self.assertAlmostEqual(offsets[0], -offsets[1], delta=0.1)

    def test_a_part_of_the_subscribers_has_the_same_pairs(self):
        case = cases.named("zone +3 h and 7 min fast")
        day = self.write(case)
        self.compare()
        whole = {r["operatorRecordId"]: r["platformId"] for r in self.rows() if r["class"] in ("agreed", "differs")}
        half = {c.id for c in day.calls if (c.callee if c.direction == "inbound" else c.caller)[-1] in "02468"}
        day.calls = [c for c in day.calls if c.id in half]
        day.records = [r for r in day.records if r.call.id in half]
        day.write(self.path("half"))
        self.compare("half", "part")
        part = {r["operatorRecordId"]: r["platformId"] for r in self.rows("part") if r["class"] in ("agreed", "differs")}
        self.assertEqual({o: p for o, p in whole.items() if p in half}, part)

    def test_undoing_a_fault_removes_its_cause_and_nothing_else(self):
        case = cases.named("a morning's mail: fast and drifting, 6/6, national, a trunk silent for an hour")
        for i, gone in enumerate(case.parts[0].faults):
            with self.subTest(gone[1]):
                less = copy.deepcopy(case.parts[0])
                less.faults = tuple(f for k, f in enumerate(case.parts[0].faults) if k != i)
                found = self.judged(cases.Case(case.name, [less]))
                self.assertEqual(found.faults(), [])
                self.assertNotIn(gone[1], [c["cause"] for c in found.summary["causes"]])


class Edges(DayTest):
    """What is hardly a day at all."""

    def day(self, calls, operator_records=None):
        day = days.Day([days.Part(calls=calls, quarrels=0, unanswered="all")], SEED)
        if operator_records is not None:
            day.records = day.records[:operator_records]
        day.write(self.path("day"))
        return day

    def test_one_record_on_each_side(self):
        self.day(1)
        self.compare(expect=(0,))
        self.assertEqual([r["class"] for r in self.rows()], ["agreed"])
        self.assertEqual(self.summary()["verdict"], "agrees")

    def test_three_records(self):
        self.day(3)
        self.compare(expect=(0,))
        self.assertEqual([r["class"] for r in self.rows()], ["agreed"] * 3)

    def test_one_side_without_records(self):
        day = self.day(40, 0)
        self.compare(expect=(1,))
        self.assertEqual({r["class"] for r in self.rows()}, {"platform_only"})
        self.assertEqual(len(self.rows()), len(day.calls))
        self.assertEqual(self.summary()["causes"], [])

    def test_nothing_at_all(self):
        for side in ("platform", "operator"):
            os.makedirs(self.path("day"), exist_ok=True)
            with open(self.path("day/%s.csv" % side), "w", encoding="utf-8"):
                pass
        self.compare(expect=(0,))
        self.assertEqual(self.rows(), [])

    def test_the_same_file_twice_with_the_same_ids(self):
        """The same id again is no other record: it is told apart, and its seconds are counted once or explained."""
        self.day(2000)
        self.compare()
        before = self.summary()["seconds"]
        with open(self.path("day/operator.csv"), encoding="utf-8") as f:
            lines = f.readlines()
        with open(self.path("day/operator.csv"), "w", encoding="utf-8") as f:
            f.writelines(lines + lines[1:])
        self.compare(out="again")
        after = self.summary("again")
        self.assertIn(after["verdict"], ("agrees", "explained"))
        self.assertEqual(before["unexplained"], after["seconds"]["unexplained"])
        self.assertNotIn("operator_only", {r["class"] for r in self.rows("again")})


def shuffle(path, seed):
    with open(path, encoding="utf-8") as f:
        head, *lines = f.readlines()
    random.Random(seed).shuffle(lines)
    with open(path, "w", encoding="utf-8") as f:
        f.writelines([head] + lines)


def swap(day, directory):
    """The operator's records as the platform's, and the other way about."""
    platform = [dict(day.operator_row(r), inviteDateTime=days.stamp(r.start), tenantId="t") for r in day.records]
    operator = [dict(day.platform_row(c), startDateTime=days.stamp(c.start)) for c in day.calls]
    days.write_table(os.path.join(directory, "platform.csv"), days.PLATFORM_COLUMNS, platform)
    days.write_table(os.path.join(directory, "operator.csv"), days.Style().columns, operator)


if __name__ == "__main__":
    unittest.main()
