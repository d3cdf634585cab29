#!/usr/bin/env python3
"""tally simulate: days with a known truth."""

import csv
import datetime
import json
import os
import unittest

from compare import CompareTest

CALLS = 2000

FAULTS = ["clock_offset", "clock_drift", "clock_step", "zone_offset", "rounding", "ring_time", "release_delay", "timer_cap",
          "unit", "number_format", "masked_number", "replaced_caller", "swapped_parties", "partial_records", "midnight_cut",
          "duplicate_delivery", "missing_window", "minimum_duration", "unanswered_reported", "no_correlation",
          "correlation_suffix", "wrong_correlation", "random_missing", "whole_seconds", "disputed", "shuffled"]


def stamp(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


class SimulateTest(CompareTest):
    def day(self, faults="", seed=1, calls=CALLS, name="day"):
        done = self.tally("simulate", "--seed", seed, "--calls", calls, "--out", self.path(name), "--faults", faults)
        self.assertEqual(done.returncode, 0, done.stderr)
        return self.path(name)

    def rows(self, directory, name):
        with open(os.path.join(directory, name + ".csv"), newline="") as f:
            return list(csv.DictReader(f))

    def pairs(self, directory):
        platform = {r["id"]: r for r in self.rows(directory, "platform")}
        operator = {r["id"]: r for r in self.rows(directory, "operator")}
        return [(platform[t["platformId"]], operator[t["operatorRecordId"]]) for t in self.rows(directory, "truth")
                if t["relation"] == "pair"]

    def bytes(self, directory):
        return {name: self.read(os.path.join(directory, name)) for name in sorted(os.listdir(directory))}


class Files(SimulateTest):
    def test_the_same_seed_gives_the_same_bytes(self):
        faults = "clock_drift random_missing:share=0.1 shuffled"
        one, two = self.bytes(self.day(faults, name="one")), self.bytes(self.day(faults, name="two"))
        self.assertEqual(sorted(one), ["operator.csv", "platform.csv", "truth.csv", "truth.json"])
        self.assertEqual(one, two)
        self.assertNotEqual(one["platform.csv"], self.bytes(self.day(faults, seed=2, name="three"))["platform.csv"])

    def test_faults_leave_the_calls_alone(self):
        clean = self.bytes(self.day(name="clean"))["platform.csv"]
        for fault in FAULTS:
            if fault != "shuffled":
                self.assertEqual(self.bytes(self.day(fault))["platform.csv"], clean, fault)

    def test_every_record_stands_in_the_truth_once(self):
        day = self.day("duplicate_delivery partial_records:every=600 random_missing:share=0.2,side=platform disputed")
        truth = self.rows(day, "truth")
        operator = [t["operatorRecordId"] for t in truth if t["operatorRecordId"]]
        self.assertEqual(sorted(operator), sorted(r["id"] for r in self.rows(day, "operator")))
        self.assertEqual(len(set(operator)), len(operator))
        self.assertEqual({t["platformId"] for t in truth if t["platformId"]}, {r["id"] for r in self.rows(day, "platform")})
        self.assertEqual({t["relation"] for t in truth}, {"pair", "piece", "duplicate", "platform_only", "operator_only"})
        self.assertTrue(any(t["differs"] == "1" for t in truth))

    def test_a_clean_day_agrees(self):
        day = self.day()
        self.both(os.path.join(day, "platform.csv"), os.path.join(day, "operator.csv"), code=0)
        self.assertEqual({t["differs"] for t in self.rows(day, "truth")}, {"0"})
        found = {(m["platformId"], m["operatorRecordId"]) for m in self.matches() if m["operatorRecordId"]}
        self.assertEqual(found, {(p["id"], o["id"]) for p, o in self.pairs(day)})

    def test_days_have_what_makes_days_hard(self):
        platform = self.rows(self.day(calls=5000), "platform")
        pairs = [(r["callerNumber"], r["calleeNumber"]) for r in platform]
        self.assertGreater(max(pairs.count(p) for p in set(pairs)), 10)
        self.assertGreater(sum(r["callerNumber"] == "anonymous" for r in platform), 30)
        self.assertGreater(sum(r["answerDateTime"] == "" for r in platform), 500)
        self.assertEqual({r["direction"] for r in platform}, {"inbound", "outbound"})
        self.assertEqual({r["trunk"] for r in platform}, {"t1", "t2", "t3", "t4"})
        self.assertGreater(len({r["callerNumber"][:3] for r in platform}), 8)
        self.assertGreater(max(float(r["durationSeconds"] or 0) for r in platform), 3600)


class Faults(SimulateTest):
    def test_truth_names_causes_and_parameters(self):
        day = self.day("clock_offset:seconds=-7.4 rounding:increment=6,mode=up,trunk=t2 "
                       "missing_window:from=14:10,to=15:25:30 unit:factor=1/60 no_correlation")
        with open(os.path.join(day, "truth.json")) as f:
            truth = json.load(f)
        causes = {c["cause"]: c["parameters"] for c in truth["causes"]}
        self.assertEqual(causes, {
            "clock_offset": {"seconds": -7.4},
            "rounding": {"incrementSeconds": 6, "minimumSeconds": 0, "mode": "up", "trunk": "t2"},
            "missing_window": {"from": "2026-11-24T14:10:00.000Z", "to": "2026-11-24T15:25:30.000Z"},
            "unit": {"factor": 0.01666666667}})
        self.assertEqual(truth["disturbances"], ["no_correlation"])
        self.assertTrue(all(c["records"] > 0 for c in truth["causes"]))

    def test_lists_may_be_written_in_several_ways(self):
        wanted = self.bytes(self.day("clock_offset:seconds=2 rounding:increment=6,mode=up"))
        for faults in ("clock_offset:seconds=2,rounding:increment=6,mode=up", "clock_offset:seconds=2; rounding:mode=up"):
            self.assertEqual(self.bytes(self.day(faults)), wanted)

    def test_rounding(self):
        for p, o in self.pairs(self.day("rounding:increment=60,mode=up")):
            self.assertEqual(float(o["durationSeconds"]) % 60, 0)
            self.assertGreater(float(o["durationSeconds"]), float(p["durationSeconds"]) - 0.1)

    def test_scope(self):
        for p, o in self.pairs(self.day("rounding:increment=60,trunk=t2,direction=inbound,from=09:00,to=12:00")):
            inside = (p["trunk"], p["direction"]) == ("t2", "inbound") and "T09" <= p["inviteDateTime"][10:13] < "T12"
            if inside:
                self.assertEqual(float(o["durationSeconds"]) % 60, 0)
            else:
                self.assertLess(abs(float(o["durationSeconds"]) - float(p["durationSeconds"])), 0.1)

    def test_a_fault_may_stand_several_times(self):
        day = self.day("rounding:increment=60,trunk=t1 rounding:increment=7,trunk=t2 "
                       "missing_window:from=08:00,to=09:00 missing_window:from=12:00,to=13:00,trunk=t3 clock_step:at=07:00,seconds=20 "
                       "clock_step:at=16:00,seconds=-50")
        increments = {"t1": 60, "t2": 7}
        for platform, operator in self.pairs(day):
            if operator["trunk"] in increments and operator["answerDateTime"]:
                self.assertEqual(float(operator["durationSeconds"]) % increments[operator["trunk"]], 0)
            hour = platform["inviteDateTime"][11:13]
            self.assertNotEqual(hour, "08")
            self.assertFalse(hour == "12" and platform["trunk"] == "t3")
            shift = 0 if hour < "07" else 20 if hour < "16" else -30
            self.assertAlmostEqual(stamp(operator["startDateTime"]) - stamp(platform["inviteDateTime"]), shift,
                                   delta=0.5)
        with open(os.path.join(day, "truth.json")) as f:
            causes = [(c["cause"], c["parameters"].get("trunk")) for c in json.load(f)["causes"]]
        self.assertEqual(causes, [("clock_step", None)] * 2 + [("rounding", "t1"), ("rounding", "t2")] +
                         [("missing_window", None), ("missing_window", "t3")])

    def test_missing_window(self):
        for p, _ in self.pairs(self.day("missing_window:from=14:10,to=15:25,trunk=t2")):
            self.assertFalse(p["trunk"] == "t2" and "T14:10" <= p["inviteDateTime"][10:16] < "T15:25")

    def test_numbers(self):
        for p, o in self.pairs(self.day("number_format:rule=national")):
            for side in ("callerNumber", "calleeNumber"):
                number = p[side]
                expected = "0" + number[3:] if number.startswith("+49") else "00" + number[1:]
                self.assertEqual(o[side], number if number == "anonymous" else expected if len(expected) <= 15 else number)
        for p, o in self.pairs(self.day("masked_number:digits=3")):
            side = "callerNumber" if p["direction"] == "inbound" else "calleeNumber"
            self.assertEqual(o[side], p[side] if p[side] == "anonymous" else p[side][:-3] + "***")
        for p, o in self.pairs(self.day("swapped_parties")):
            self.assertEqual((o["callerNumber"], o["calleeNumber"]), (p["calleeNumber"], p["callerNumber"]))

    def test_correlation(self):
        self.assertEqual({o["correlationId"] for _, o in self.pairs(self.day("no_correlation"))}, {""})
        for p, o in self.pairs(self.day("correlation_suffix")):
            self.assertEqual(o["correlationId"], p["correlationId"] + "-b2b_1")

    def test_a_step_may_end_a_record_before_it_starts(self):
        pairs = self.pairs(self.day("clock_step:at=13:00,seconds=-1800", calls=5000))
        self.assertTrue(any(o["endDateTime"] < o["startDateTime"] for _, o in pairs))


class Usage(SimulateTest):
    def test_wrong_arguments(self):
        good = ["--seed", 1, "--calls", 10, "--out", self.path("x")]
        for arguments in ([], good[:2], good[:4], good[2:], ["--seed", "x"] + good[2:], ["--seed", 1, "--calls", 0] + good[4:],
                          ["--seed", 1, "--calls", "many"] + good[4:], good + ["--what"], good + ["--faults", "gremlins"],
                          good + ["--faults", "rounding:increment=x"], good + ["--faults", "rounding:colour=red"],
                          good + ["--faults", "rounding rounding"], good + ["--faults", "missing_window:from=25:00"],
                          good + ["--faults", "random_missing:share=1.5"], good + ["--faults", "unit:factor=0"]):
            done = self.tally("simulate", *arguments)
            self.assertEqual(done.returncode, 2, arguments)
            self.assertIn(b"tally simulate", done.stderr)
            self.assertFalse(os.path.exists(self.path("x")))

    def test_help_names_every_fault(self):
        done = self.tally("simulate", "--help")
        self.assertEqual(done.returncode, 0)
        for fault in FAULTS:
            self.assertIn(fault.encode(), done.stdout)

    def test_all_faults_at_once(self):
        day = self.day(" ".join(FAULTS))
        self.assertGreater(len(self.rows(day, "operator")), 100)


if __name__ == "__main__":
    unittest.main()
