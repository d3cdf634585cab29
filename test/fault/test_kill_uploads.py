"""kill -9 in the middle of uploads, again and again.

Several uploaders keep sending batches and write down what was acknowledged and
what was only sent.  Each round the exchange is killed at a random moment and
started again on the same directory.  In the end:

    every acknowledged record is there, with its content;
    nothing is there twice, and nothing that was never sent;
    the feed of call records shows each once, and no position that a reader
    had passed was given to a record that it never saw;
    what was not acknowledged can be sent again and is then complete.

TALLY_KILL_ROUNDS: rounds, 50 unless told; TALLY_KILL_SEED repeats a run.
"""
import http.client
import os
import random
import ssl
import sys
import threading
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "api"))
from harness import Client, Exchange, eventually  # noqa: E402
from records import CALLS, DURATIONS, NDJSON, OWN_CALLS, call, duration, lines, moment, packed  # noqa: E402

ROUNDS = int(os.environ.get("TALLY_KILL_ROUNDS", "50"))
SEED = int(os.environ.get("TALLY_KILL_SEED", "0")) or int(time.time())
UPLOADERS = 3
# http.client answers a connection that is reset within a body with an AttributeError of its own.
BROKEN = (OSError, http.client.HTTPException, ssl.SSLError, AssertionError, AttributeError, ValueError)


class Uploader(threading.Thread):
    """Sends batches of its own ids until stopped; a batch that got no answer is sent again."""

    def __init__(self, test, number, kind):
        super().__init__(daemon=True)
        self.test, self.number, self.kind = test, number, kind
        self.random = random.Random(SEED * 100 + number)
        self.acknowledged, self.sent, self.unanswered = {}, {}, []
        self.batches = 0
        self.stopping = False
        self.failure = None

    def make_batch(self):
        self.batches += 1
        size = self.random.choice([1, 3, 200, 2500])
        records = []
        for i in range(size):
            second = self.random.randrange(4 * 86400)
            name = f"u{self.number}-{self.batches}-"
            day = f"2026-03-{10 + second // 86400}"
            if self.kind == "duration":
                record = duration(i, self.random.randrange(600), prefix=name)
                record["startDateTime"] = moment(second % 86400, day)
            else:
                record = call(i, self.test.operator, self.test.tenant, prefix=name)
                for time_of in ("inviteDateTime", "answerDateTime", "endDateTime"):
                    record[time_of] = moment(second % 86400, day)
            records.append(record)
        return records

    def send(self, client, records):
        headers, body = dict(NDJSON), lines(records)
        if self.random.random() < 0.3:
            headers["Content-Encoding"], body = "gzip", packed(body)
        if self.random.random() < 0.3:
            headers["Idempotency-Key"] = records[0]["id"]
        answer = client.post(DURATIONS if self.kind == "duration" else CALLS, body=body, headers=headers)
        if answer.status != 201:
            raise http.client.HTTPException(repr(answer))
        counted = answer.json
        # Sent before without an answer, so any part of it may be there; but nothing else can be.
        if counted["accepted"] + counted["duplicates"] != len(records):
            self.failure = f"{counted} of {len(records)} records of {records[0]['id']}"

    def run(self):
        client = None
        while not self.stopping:
            records = self.unanswered.pop() if self.unanswered else self.make_batch()
            for record in records:
                self.sent[record["id"]] = record
            try:
                client = client or self.test.client_of(self.kind)
                self.send(client, records)
            except BROKEN:
                self.unanswered.append(records)
                client = None
                time.sleep(0.02)
                continue
            for record in records:
                self.acknowledged[record["id"]] = record
        if client:
            client.close()


class Reader(threading.Thread):
    """Follows the feed through all kills, page by page."""

    def __init__(self, test):
        super().__init__(daemon=True)
        self.test = test
        self.seen, self.twice = set(), []
        self.target = OWN_CALLS + "/delta?$top=500"
        self.stopping = self.at_end = False

    def run(self):
        client = None
        while not (self.stopping and self.at_end):
            try:
                client = client or self.test.client_of("read")
                stopping = self.stopping
                answer = client.get(self.target)
                if answer.status != 200:
                    raise http.client.HTTPException(repr(answer))
            except BROKEN:
                client = None
                time.sleep(0.02)
                continue
            page = answer.json
            for value in page["value"]:
                if value["id"] in self.seen:
                    self.twice.append(value["id"])
                self.seen.add(value["id"])
            self.target = page.get("@odata.nextLink") or page["@odata.deltaLink"]
            self.at_end = stopping and "@odata.deltaLink" in page and not page["value"]
        if client:
            client.close()


class KillUploads(unittest.TestCase):
    def client_of(self, kind):
        """A client of one's own; waits while the exchange is down."""
        known = self.known[kind]
        return Client(self.x, known.client_id, known.secret).sign_in()

    def settle(self, uploaders):
        for u in uploaders:
            u.stopping = True
        for u in uploaders:
            u.join(60)
            self.assertFalse(u.is_alive())
            self.assertIsNone(u.failure)
        # What got no answer is sent until it has one.
        for u in uploaders:
            client = self.client_of(u.kind)
            for records in u.unanswered:
                u.send(client, records)
                for record in records:
                    u.acknowledged[record["id"]] = record
            client.close()
            self.assertIsNone(u.failure)

    def read_all(self, path):
        client = self.client_of("read")
        values, _ = client.pages(path + "?$top=1000")
        client.close()
        return values

    def compare(self, uploaders, values, content):
        stored = {}
        for value in values:
            self.assertNotIn(value["id"], stored, "stored twice")
            stored[value["id"]] = value
        expected = {}
        for u in uploaders:
            expected.update(u.acknowledged)
        lost = set(expected) - set(stored)
        self.assertEqual(len(lost), 0, f"acknowledged and lost: {sorted(lost)[:5]}")
        never_sent = set(stored) - {i for u in uploaders for i in u.sent}
        self.assertEqual(len(never_sent), 0, f"never sent: {sorted(never_sent)[:5]}")
        for name, record in expected.items():
            for field in content:
                self.assertEqual(stored[name][field], record[field])

    def test_nothing_acknowledged_is_lost_and_nothing_doubled(self):
        print(f"seed {SEED}, {ROUNDS} rounds", file=sys.stderr)
        chance = random.Random(SEED)
        with Exchange({"uploadsPerClientMax": 64}) as self.x:
            self.operator, self.tenant = self.x.operator("operator"), self.x.tenant_("tenant")
            self.known = {"duration": self.x.client(["Data.Write"], operator=self.operator["id"]), "call": self.x.admin,
                          "read": self.x.client(["Data.Read"], operator=self.operator["id"])}
            uploaders = [Uploader(self, n, "duration") for n in range(UPLOADERS)]
            uploaders += [Uploader(self, UPLOADERS + n, "call") for n in range(2)]
            reader = Reader(self)
            for thread in uploaders + [reader]:
                thread.start()
            for _ in range(ROUNDS):
                before = sum(len(u.acknowledged) for u in uploaders)
                time.sleep(chance.uniform(0.02, 0.35))
                self.x.kill()
                self.x.start()
                # A round in which nothing got through tests nothing.
                eventually(lambda: sum(len(u.acknowledged) for u in uploaders) > before, what="an acknowledgement")
            self.settle(uploaders)
            reader.stopping = True
            reader.join(120)
            self.assertFalse(reader.is_alive())

            durations = [u for u in uploaders if u.kind == "duration"]
            calls = [u for u in uploaders if u.kind == "call"]
            self.compare(durations, self.read_all(DURATIONS), ("startDateTime", "durationSeconds"))
            self.compare(calls, self.read_all(OWN_CALLS), ("inviteDateTime",))
            self.assertEqual(len(reader.twice), 0, f"came twice: {reader.twice[:5]}")
            missed = {i for u in calls for i in u.acknowledged} - reader.seen
            self.assertEqual(len(missed), 0, f"never came: {sorted(missed)[:5]}")
            self.assertEqual(self.x.stop(), 0)


if __name__ == "__main__":
    unittest.main()
