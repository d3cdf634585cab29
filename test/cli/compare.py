"""What the tests of reconcile, why and simulate share: running tally, writing tables, reading reports."""

import csv
import io
import json
import os
import subprocess
import tempfile
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
TALLY = os.environ.get("TALLY", os.path.join(ROOT, "build", "tally"))

PLATFORM = ["id", "operatorId", "correlationId", "direction", "callerNumber", "calleeNumber", "inviteDateTime",
            "answerDateTime", "endDateTime", "durationSeconds", "trunk"]
OPERATOR = ["id", "operatorId", "correlationId", "direction", "callerNumber", "calleeNumber", "startDateTime",
            "answerDateTime", "endDateTime", "durationSeconds", "trunk"]


def clock(ms):
    """A moment of 24 November 2026, ms after its midnight."""
    seconds, rest = divmod(ms, 1000)
    return "2026-11-24T%02d:%02d:%02d.%03dZ" % (seconds // 3600, seconds // 60 % 60, seconds % 60, rest)


def seconds(ms):
    return "%d.%03d" % divmod(ms, 1000)


def call(i, talk_ms=None, at_ms=None, **other):
    """One call as either side has it."""
    at_ms = 8 * 3600000 + i * 7000 if at_ms is None else at_ms
    talk_ms = 60000 + i * 37 if talk_ms is None else talk_ms
    record = {"id": "r-%d" % i, "direction": "inbound", "callerNumber": "+4930%07d" % (1000000 + i * 7919),
              "calleeNumber": "+4420%08d" % (70000000 + i % 40), "inviteDateTime": clock(at_ms), "startDateTime": clock(at_ms),
              "answerDateTime": clock(at_ms + 4000), "endDateTime": clock(at_ms + 4000 + talk_ms),
              "durationSeconds": seconds(talk_ms), "trunk": "t1"}
    record.update(other)
    return record


class CompareTest(unittest.TestCase):
    def setUp(self):
        self.scratch = tempfile.TemporaryDirectory()
        self.addCleanup(self.scratch.cleanup)
        self.out = self.path("report")

    def path(self, name):
        return os.path.join(self.scratch.name, name)

    def write(self, name, content):
        with open(self.path(name), "wb") as f:
            f.write(content if isinstance(content, bytes) else content.encode())
        return self.path(name)

    def read(self, name):
        with open(self.path(name), "rb") as f:
            return f.read()

    def table(self, name, columns, records):
        text = io.StringIO()
        rows = csv.DictWriter(text, columns, restval="", extrasaction="ignore", lineterminator="\n")
        rows.writeheader()
        rows.writerows(records)
        return self.write(name, text.getvalue())

    def tally(self, *arguments, **options):
        return subprocess.run([TALLY] + [str(a) for a in arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              timeout=120, **options)

    def both(self, platform, operator, *more, code=0):
        """Compares two lists of records, or two files, and checks the exit code, which may be one of several."""
        if isinstance(platform, list):
            platform = self.table("platform.csv", PLATFORM, platform)
        if isinstance(operator, list):
            operator = self.table("operator.csv", OPERATOR, operator)
        done = self.tally("reconcile", "--platform", platform, "--operator", operator, "--out", self.out, *more)
        self.assertIn(done.returncode, code if isinstance(code, tuple) else (code,), done.stderr.decode())
        return done

    def summary(self, directory=None):
        with open(os.path.join(directory or self.out, "summary.json")) as f:
            return json.load(f)

    def matches(self, directory=None):
        with open(os.path.join(directory or self.out, "matches.csv"), newline="") as f:
            return list(csv.DictReader(f))

    def left(self):
        """What lies in the scratch directory, hidden files too."""
        return sorted(os.listdir(self.scratch.name))
