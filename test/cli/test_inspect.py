#!/usr/bin/env python3
"""tally inspect: what a file is believed to be."""

import gzip
import json
import unittest

from compare import OPERATOR, PLATFORM, CompareTest, call


class Inspect(CompareTest):
    def inspect(self, *files, code=0):
        done = self.tally("inspect", "--json", *files)
        self.assertEqual(done.returncode, code, done.stderr)
        return [json.loads(line) for line in done.stdout.splitlines()]

    def day(self, faults, name="operator"):
        self.tally("simulate", "--seed", 4, "--calls", 2000, "--out", self.path("day"), "--faults", faults)
        return self.path("day/%s.csv" % name)

    def test_both_kinds(self):
        p = self.table("p.csv", PLATFORM, [call(i) for i in range(50)])
        o = self.table("o.csv", OPERATOR, [call(i) for i in range(50)])
        first, second = self.inspect(p, o)
        self.assertEqual((first["format"], first["kind"], first["records"]), ("canonical", "calls", 50))
        self.assertEqual((second["format"], second["kind"], second["records"]), ("canonical", "durations", 50))
        self.assertEqual((first["from"], first["counting"]), ("2026-11-24T08:00:00.000Z", "seconds from the answer"))

    def test_counting_and_increments(self):
        for faults, words, increment in (("", "seconds from the answer", 0), ("ring_time", "seconds from set-up", 0),
                                         ("rounding:increment=1,mode=down", "seconds from the answer", 1),
                                         ("rounding:increment=60", "rounded", 60),
                                         ("unit:factor=1000", "milliseconds", 1)):
            found = self.inspect(self.day(faults))[0]
            self.assertTrue(found["counting"].startswith(words), (faults, found["counting"]))
            self.assertEqual(found["incrementSeconds"], increment, faults)

    def test_numbers(self):
        self.assertGreater(self.inspect(self.day("number_format:rule=plain"))[0]["numbers"]["digits"], 2000)
        self.assertGreater(self.inspect(self.day("masked_number"))[0]["numbers"]["masked"], 1000)

    def test_gaps(self):
        gaps = self.inspect(self.day("missing_window:from=10:00,to=12:30"))[0]["gaps"]
        self.assertTrue(gaps[0]["from"].startswith("2026-11-24T09:59") and gaps[0]["to"].startswith("2026-11-24T12:3"), gaps)

    def test_text_names_what_cannot_be_read(self):
        o = self.table("o.csv", OPERATOR + ["colour"], [call(0), call(1, durationSeconds="soon"), call(0)])
        done = self.tally("inspect", self.write("o.gz", gzip.compress(self.read(o))))
        text = done.stdout.decode()
        for words in ("canonical, duration records, 2 records, 1 rejected", "line 3, column 117: durationSeconds must be",
                      "1 stand more than once", "1 columns or fields are not read"):
            self.assertIn(words, text)

    def test_no_records(self):
        for content in ("", "a,b\n1,2\n", "\xff\xfe", "%PDF"):
            self.inspect(self.write("x", content), code=3)
        self.inspect(self.path("absent"), code=3)

    def test_usage(self):
        self.assertEqual(self.tally("inspect").returncode, 2)
        self.assertEqual(self.tally("inspect", "--what", "x").returncode, 2)
        self.assertEqual(self.tally("inspect", "--help").returncode, 0)


if __name__ == "__main__":
    unittest.main()
