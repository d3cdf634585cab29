#!/usr/bin/env python3
"""What switches write, as they write it, against the platform's records of the same calls."""

import datetime
import json
import unittest

from compare import PLATFORM, CompareTest, call

ZONE = datetime.timedelta(hours=1)  # Berlin in November


def moment(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))


def local(text):
    """As a clock on a wall in Berlin showed it, the second cut down."""
    return (moment(text) + ZONE).strftime("%Y-%m-%d %H:%M:%S")


def between(a, b):
    return int((moment(b) - moment(a)).total_seconds())


class Switch(CompareTest):
    def setUp(self):
        super().setUp()
        self.calls = [call(i, 60000 + i * 137) for i in range(200)]

    def asterisk(self):
        rows = []
        for i, c in enumerate(self.calls):
            rows.append('"","%s","%s","in","""A, B"" <%s>","PJSIP/carrier-%08x","PJSIP/platform-%08x","Dial","PJSIP/x",'
                        '"%s","%s","%s",%d,%d,"ANSWERED","DOCUMENTATION","%d.%d",""\n' % (
                            c["callerNumber"][1:], c["calleeNumber"][1:], c["callerNumber"], 2 * i, 2 * i + 1,
                            local(c["inviteDateTime"]), local(c["answerDateTime"]), local(c["endDateTime"]),
                            between(c["inviteDateTime"], c["endDateTime"]),
                            between(c["answerDateTime"], c["endDateTime"]), moment(c["inviteDateTime"]).timestamp(), i))
        return "".join(rows)

    def compared(self, operator):
        """The file as it comes: its zone is found, nothing is left open."""
        self.both(self.table("platform.csv", PLATFORM, self.calls), operator)
        summary = json.loads(self.read("report/summary.json"))
        self.assertIn(summary["verdict"], ("agrees", "explained"))
        self.assertEqual(summary["counts"]["agreed"], len(self.calls))
        return {cause["cause"]: cause["parameters"] for cause in summary["causes"]}

    def found(self, path):
        return json.loads(self.tally("inspect", "--json", path).stdout)

    def imported(self, path, *arguments, code=0):
        done = self.tally("import", *arguments, path)
        self.assertEqual(done.returncode, code, done.stderr)
        return [json.loads(line) for line in done.stdout.splitlines()], done.stderr.decode()

    def needs_a_zone(self, path, name):
        records, errors = self.imported(path, code=3)
        self.assertEqual(records, [])
        self.assertIn("startDateTime is a date and time without offset from UTC (tally import --zone gives it one)", errors)
        records, errors = self.imported(path, "--format", name, "--zone", "Europe/Berlin")
        self.assertEqual((len(records), errors), (200, ""))
        self.assertEqual(records[0]["answerDateTime"], "2026-11-24T08:00:04.000Z")
        self.assertEqual(records[0]["durationSeconds"], 60)

    def test_asterisk(self):
        path = self.write("Master.csv", self.asterisk())
        self.assertEqual((self.found(path)["format"], self.found(path)["kind"]), ("asterisk", "durations"))
        self.needs_a_zone(path, "asterisk")
        causes = self.compared(path)
        self.assertEqual(causes["zone_offset"], {"seconds": 3600})
        self.assertEqual(causes["rounding"]["mode"], "down")


if __name__ == "__main__":
    unittest.main()
