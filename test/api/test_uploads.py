"""Uploads of records: formats, answers, keys, limits, and what is cut off."""
import concurrent.futures
import datetime
import json
import random
import re
import shutil
import socket
import subprocess
import threading
import time
import unittest
import zlib

from harness import ON_POSTGRES, Client, Exchange, ExchangeTest, eventually
from records import (CALLS, CSV, DURATIONS, NDJSON, OWN_CALLS, call, counts, duration, lines, moment, packed, send,
                     table)


JSON = {"Content-Type": "application/json"}


class Uploads(ExchangeTest):
    def setUp(self):
        self.operator = self.x.operator("operator")
        self.client = self.x.client(["Data.Write"], operator=self.operator["id"])

    def stored(self):
        values, _ = self.client.pages(DURATIONS)
        return values

    # --- formats -----------------------------------------------------------------

    def test_every_format_and_coding_is_the_same_record(self):
        records = [duration(n, n + 0.125, trunk="a,\"b\"", direction="inbound") for n in range(5)]
        bodies = [
            (json.dumps(records).encode(), {"Content-Type": "application/json"}),
            (lines(records), NDJSON),
            (table(records), CSV),
            (packed(lines(records)), {**NDJSON, "Content-Encoding": "gzip"}),
            (packed(table(records)), {**CSV, "Content-Encoding": "gzip"}),
            (lines(records), {**NDJSON, "Content-Encoding": "identity"}),
            (lines(records).rstrip(b"\n"), {"Content-Type": "application/x-ndjson; charset=utf-8"}),
        ]
        if shutil.which("zstd"):
            done = subprocess.run(["zstd", "-q", "-c"], input=lines(records), stdout=subprocess.PIPE, check=True)
            bodies.append((done.stdout, {**NDJSON, "Content-Encoding": "zstd"}))
        for n, (body, headers) in enumerate(bodies):
            answer = self.client.post(DURATIONS, body=body, headers=headers)
            self.assertEqual(answer.status, 201, answer)
            self.assertEqual(counts(answer), (5, 5, 0, 0, 0) if n == 0 else (5, 0, 5, 0, 0), headers)
        self.assertEqual([r["durationSeconds"] for r in self.stored()], [0.125, 1.125, 2.125, 3.125, 4.125])

    def test_records_are_read_back_as_they_were_given(self):
        record = duration(1, 59.4, correlationId="x@y", direction="inbound", callerNumber="anonymous",
                          answerDateTime=moment(9), endDateTime=moment(70), sipResponseCode=200, q850Cause=16,
                          releasedBy="callee", trunk="trunk-1", sequence=7, startDateTime="2026-03-10T02:00:01+02:00")
        self.assertEqual(send(self.client, [record]).json["accepted"], 1)
        got = self.client.get(f"{DURATIONS}/{record['id']}").json
        self.assertEqual(got["startDateTime"], "2026-03-10T00:00:01.000Z")
        self.assertEqual(got["operatorId"], self.operator["id"])
        for key in set(record) - {"startDateTime"}:
            self.assertEqual(got[key], record[key], key)

    def test_one_json_object_is_told_what_to_do(self):
        answer = self.client.post(DURATIONS, duration(1))
        self.assertEqual((answer.status, answer.code), (400, "invalidRequest"))
        self.assertIn("application/x-ndjson", answer.json["error"]["message"])

    def test_content_types_and_codings(self):
        for headers in ({"Content-Type": "text/plain"}, {}, {**NDJSON, "Content-Encoding": "br"}):
            answer = self.client.post(DURATIONS, body=lines([duration(1)]), headers=headers)
            self.assertEqual((answer.status, answer.code), (415, "unsupportedMediaType"), headers)

    def test_nothing_is_nothing(self):
        for body, headers in ((b"[]", {"Content-Type": "application/json"}), (b"", NDJSON), (b"\n\n", NDJSON)):
            answer = self.client.post(DURATIONS, body=body, headers=headers)
            self.assertEqual((answer.status, counts(answer)), (201, (0, 0, 0, 0, 0)))

    # --- the answer ---------------------------------------------------------------

    def test_good_records_are_kept_when_others_are_bad(self):
        bad = [
            (b"{", "malformedRecord", None),
            (b"[1]", "malformedRecord", None),
            (json.dumps({**duration(2), "durationSeconds": "30"}).encode(), "wrongType", "durationSeconds"),
            (json.dumps({**duration(3), "calleeNumber": "089900020"}).encode(), "invalidNumber", "calleeNumber"),
            (json.dumps({**duration(4), "startDateTime": "2026-02-30T10:00:00Z"}).encode(), "invalidDateTime",
             "startDateTime"),
            (json.dumps({**duration(5), "durationSeconds": 2678400.001}).encode(), "invalidDuration",
             "durationSeconds"),
            (json.dumps({**duration(10), "durationSeconds": 1.2345}).encode(), "invalidDuration", "durationSeconds"),
            (b'{"id":"d6","id":"d6"}', "duplicateKey", "id"),
            (json.dumps({k: v for k, v in duration(7).items() if k != "id"}).encode(), "missingField", "id"),
            (json.dumps({**duration(8), "id": "x" * 129}).encode(), "invalidValue", "id"),
            (json.dumps({**duration(9), "operatorId": "3f2504e0-4f89-41d3-9a0c-0305e82c3301"}).encode(),
             "foreignOperator", "operatorId"),
        ]
        body = lines([duration(0)]) + b"\n".join(b for b, _, _ in bad) + b"\n" + lines([duration(1)])
        answer = self.client.post(DURATIONS, body=body, headers=NDJSON)
        self.assertEqual(answer.status, 201, answer)
        self.assertEqual(counts(answer), (13, 2, 0, 0, 11))
        found = [(e["line"], e["code"], e["field"]) for e in answer.json["errors"]]
        self.assertEqual(found, [(n + 2, code, field) for n, (_, code, field) in enumerate(bad)])
        self.assertEqual(answer.json["errors"][2]["recordId"], "d2")
        self.assertNotIn("089900020", json.dumps(answer.json))
        self.assertFalse(answer.json["errorsTruncated"])
        self.assertNotIn("receipt", answer.json)

    def test_fields_that_nobody_knows_are_counted(self):
        records = [duration(1, colour="red", shape="round"), duration(2, colour="blue"), duration(3)]
        for body, headers, unknown in ((lines(records), NDJSON, 3), (json.dumps(records).encode(), JSON, 3),
                                       (table(records), CSV, 2), (lines([duration(1)]), NDJSON, 0)):
            answer = self.client.post(DURATIONS, body=body, headers=headers)
            self.assertEqual((answer.status, answer.json["rejected"]), (201, 0), answer)
            self.assertEqual(answer.json["unknownFields"], unknown)
            self.assertEqual(answer.json["unknownFieldNames"], ["colour", "shape"] if unknown else [])
            self.assertEqual(self.client.get(answer.headers["location"]).json["unknownFields"], unknown)

    def test_names_of_unknown_fields_are_bounded(self):
        many = {f"field{n}": n for n in range(20)}
        answer = send(self.client, [duration(1, **{"x" * 65: 1, "y" * 64: 1, "line\nbreak": 1, "für": 1}, **many)]).json
        self.assertEqual(answer["unknownFields"], 24)
        self.assertEqual(answer["unknownFieldNames"], ["y" * 64, "für"] + [f"field{n}" for n in range(8)])

    # --- times far off ---------------------------------------------------------------

    def test_times_that_lie_far_off(self):
        now = datetime.datetime.now(datetime.timezone.utc)
        ahead = now + datetime.timedelta(days=366)
        good = [duration(1, startDateTime="2000-01-01T00:00:00Z"),
                duration(2, startDateTime=(ahead - datetime.timedelta(hours=1)).isoformat())]
        bad = [(duration(3, startDateTime="1999-12-31T23:59:59.999Z"), "startDateTime"),
               (duration(4, startDateTime="1970-01-01T00:00:00Z"), "startDateTime"),
               (duration(5, startDateTime=(ahead + datetime.timedelta(hours=1)).isoformat()), "startDateTime"),
               (duration(6, startDateTime="9999-12-31T23:59:59Z"), "startDateTime"),
               (duration(7, startDateTime="0002-01-01T00:00:00Z"), "startDateTime"),
               (duration(8, answerDateTime="2106-01-01T00:00:00Z"), "answerDateTime"),
               (duration(9, startDateTime=None, endDateTime="1900-01-01T00:00:00Z"), "endDateTime")]
        answer = send(self.client, good + [record for record, _ in bad])
        self.assertEqual(counts(answer), (9, 2, 0, 0, 7), answer)
        self.assertEqual([(e["line"], e["code"], e["field"]) for e in answer.json["errors"]],
                         [(n + 3, "invalidValue", field) for n, (_, field) in enumerate(bad)])
        self.assertIn("2000-01-01", answer.json["errors"][0]["message"])
        self.assertIn(ahead.date().isoformat(), answer.json["errors"][0]["message"])

    @unittest.skipIf(ON_POSTGRES, "takes half a minute of making partitions; test_upload_days.c has the rest")
    def test_days_of_one_upload(self):
        first = datetime.date(2020, 1, 1)
        records = [duration(n, startDateTime=f"{first + datetime.timedelta(days=n)}T10:00:00Z") for n in range(401)]
        answer = send(self.client, records + [duration(1000, startDateTime="2020-01-01T11:00:00Z")])
        self.assertEqual(counts(answer), (402, 401, 0, 0, 1), answer)
        self.assertEqual([(e["line"], e["recordId"], e["field"]) for e in answer.json["errors"]],
                         [(401, "d400", "startDateTime")])
        self.assertIn("400 different days", answer.json["errors"][0]["message"])
        self.assertEqual(counts(send(self.client, records[400:])), (1, 1, 0, 0, 0))

    def test_places_in_arrays_and_in_csv(self):
        answer = self.client.post(DURATIONS, [duration(0), {"id": "x"}, 7])
        self.assertEqual([(e["index"], e["code"]) for e in answer.json["errors"]],
                         [(1, "missingField"), (2, "malformedRecord")])
        self.assertNotIn("line", answer.json["errors"][0])
        body = table([duration(1), duration(2)]) + b"too,few\r\n"
        answer = self.client.post(DURATIONS, body=body, headers=CSV)
        self.assertEqual(counts(answer), (3, 2, 0, 0, 1))
        self.assertEqual([(e["line"], e["code"]) for e in answer.json["errors"]], [(4, "wrongCellCount")])
        answer = self.client.post(DURATIONS, body=table([duration(3, 1.2345)]), headers=CSV)
        self.assertEqual([(e["line"], e["code"], e["field"]) for e in answer.json["errors"]],
                         [(2, "invalidDuration", "durationSeconds")])
        answer = self.client.post(DURATIONS, body=b"id,callerNumber\r\nx,+4930900010\r\n", headers=CSV)
        self.assertEqual(answer.status, 400, answer)
        self.assertIn("durationSeconds", answer.json["error"]["message"])

    def test_a_thousand_errors_and_one_more(self):
        for bad, truncated in ((1000, False), (1001, True)):
            answer = self.client.post(DURATIONS, body=b"{}\n" * bad, headers=NDJSON)
            self.assertEqual(counts(answer), (bad, 0, 0, 0, bad))
            self.assertEqual(len(answer.json["errors"]), 1000)
            self.assertEqual(answer.json["errorsTruncated"], truncated)
        # Conflicts and rejects together are listed in the order of the upload.
        self.assertEqual(send(self.client, [duration(n) for n in range(1500)]).json["accepted"], 1500)
        body = b"".join(lines([duration(n, 99)]) + b"{}\n" for n in range(1500))
        answer = self.client.post(DURATIONS, body=body, headers=NDJSON)
        self.assertEqual(counts(answer), (3000, 0, 0, 1500, 1500))
        self.assertEqual([(e["line"], e["code"]) for e in answer.json["errors"]],
                         [(n + 1, "conflict" if n % 2 == 0 else "missingField") for n in range(1000)])

    def test_sent_again_and_sent_otherwise(self):
        records = [duration(n) for n in range(10)]
        self.assertEqual(counts(send(self.client, records)), (10, 10, 0, 0, 0))
        before = self.stored()
        self.assertEqual(counts(send(self.client, records)), (10, 0, 10, 0, 0))
        changed = [duration(3, 31), {**duration(4), "startDateTime": moment(4, "2026-03-12")}]
        answer = send(self.client, changed + records[:2])
        self.assertEqual(counts(answer), (4, 0, 2, 2, 0))
        self.assertEqual([(e["line"], e["recordId"], e["code"]) for e in answer.json["errors"]],
                         [(1, "d3", "conflict"), (2, "d4", "conflict")])
        self.assertEqual(counts(send(self.client, changed)), (2, 0, 0, 2, 0))
        self.assertEqual(self.stored(), before)
        conflicts, _ = self.client.pages(DURATIONS + "/conflicts?$top=1")
        self.assertEqual(sorted((c["recordId"], c["kept"]["durationSeconds"], c["offered"]["durationSeconds"])
                                for c in conflicts), [("d3", 30, 31), ("d4", 30, 30)])

    def test_batches_are_read_back(self):
        first = send(self.client, [duration(n) for n in range(3)])
        second = self.client.post(DURATIONS, body=b"{}\n" + lines([duration(3)]), headers=NDJSON)
        self.assertEqual(self.client.get(f"{DURATIONS}/batches/{second.json['id']}").json, second.json)
        self.assertEqual(self.client.get(second.headers["location"]).json, second.json)
        listed, _ = self.client.pages(DURATIONS + "/batches?$top=1")
        self.assertEqual([b["id"] for b in listed], [second.json["id"], first.json["id"]])
        values, _ = self.client.pages(f"{DURATIONS}?batchId={first.json['id']}&$top=2")
        self.assertEqual([r["id"] for r in values], ["d0", "d1", "d2"])
        for unknown in ("3f2504e0-4f89-41d3-9a0c-0305e82c3301", "x"):
            self.assertEqual(self.client.get(f"{DURATIONS}?batchId={unknown}").json, {"value": []})
            self.assertEqual(self.client.get(f"{DURATIONS}/batches/{unknown}").status, 404)

    def test_shuffled_uploads_leave_the_same_records(self):
        records = [duration(n * 7) for n in range(3000)]
        other = self.x.operator("other")
        second = self.x.client(["Data.Write"], operator=other["id"])
        self.assertEqual(send(self.client, records).json["accepted"], 3000)
        random.Random(7).shuffle(records)
        for at in range(0, 3000, 700):
            send(second, records[at:at + 700])

        def bare(client):
            return [{k: v for k, v in r.items() if k not in ("operatorId", "receivedDateTime")}
                    for r in client.pages(DURATIONS)[0]]
        self.assertEqual(bare(self.client), bare(second))

    def test_two_uploaders_of_the_same_ids_at_once(self):
        records = [duration(n) for n in range(20000)]
        clients = [self.x.client(["Data.Write"], operator=self.operator["id"]) for _ in range(2)]
        answers = [None, None]

        def run(i):
            answers[i] = send(clients[i], records if i == 0 else records[::-1])
        threads = [threading.Thread(target=run, args=(i,)) for i in range(2)]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        self.assertEqual([a.status for a in answers], [201, 201])
        self.assertEqual(sum(a.json["accepted"] for a in answers), 20000)
        self.assertEqual(sum(a.json["duplicates"] for a in answers), 20000)
        self.assertEqual(self.client.get(DURATIONS + "?$top=1&$count=true").json["@odata.count"], 20000)

    # --- lists --------------------------------------------------------------------

    def test_lists_by_time(self):
        send(self.client, [duration(n * 600, n) for n in range(10)])

        def ids(query):
            return [r["id"] for r in self.client.pages(DURATIONS + "?" + query)[0]]
        window = f"startDateTime%20ge%20{moment(1800)}%20and%20startDateTime%20lt%20{moment(3000)}"
        self.assertEqual(ids("$filter=" + window), ["d1800", "d2400"])
        self.assertEqual(ids(f"from={moment(1800)}&to={moment(3000)}"), ["d1800", "d2400"])
        self.assertEqual(ids("from=2026-03-11"), [])
        self.assertEqual(ids("$orderby=startDateTime%20desc&$top=4"), [f"d{n * 600}" for n in range(9, -1, -1)])
        self.assertEqual(ids(f"$filter=id%20eq%20'd600'&$top=1"), ["d600"])
        answer = self.client.get(DURATIONS + "?$select=id,durationSeconds&$top=1&$count=true").json
        self.assertEqual((answer["value"], answer["@odata.count"]), ([{"id": "d0", "durationSeconds": 0}], 10))
        for bad in ("$top=0", "$top=1001", "$orderby=id", "$filter=trunc%20eq%20'x'", "$select=x", "$expand=x",
                    "$skip=1", "from=yesterday", "$count=maybe"):
            self.assertEqual(self.client.get(DURATIONS + "?" + bad).status, 400, bad)

    # --- Idempotency-Key ------------------------------------------------------------

    def test_a_key_answers_the_same_again(self):
        records = [duration(n) for n in range(3)]
        first = send(self.client, records, **{"Idempotency-Key": "key-1"})
        self.assertEqual(counts(first), (3, 3, 0, 0, 0))
        again = send(self.client, records, **{"Idempotency-Key": "key-1"})
        self.assertEqual((again.status, again.body), (201, first.body))
        self.assertEqual(again.headers["location"], first.headers["location"])
        self.assertEqual(self.client.get(again.headers["location"]).json, first.json)
        other = send(self.client, records[:2], **{"Idempotency-Key": "key-1"})
        self.assertEqual((other.status, other.code), (422, "idempotencyKeyReused"))
        self.assertEqual(counts(send(self.client, records, **{"Idempotency-Key": "key-2"})), (3, 0, 3, 0, 0))
        # The content counts, not how it is packed.
        again = self.client.post(DURATIONS, body=packed(lines(records)),
                                 headers={**NDJSON, "Content-Encoding": "gzip", "Idempotency-Key": "key-1"})
        self.assertEqual(again.body, first.body)
        neighbour = self.x.operator("neighbour")
        client = self.x.client(["Data.Write"], operator=neighbour["id"])
        self.assertEqual(counts(send(client, records, **{"Idempotency-Key": "key-1"})), (3, 3, 0, 0, 0))

    def test_what_became_of_records_is_counted_once(self):
        def totals():
            text = self.x.admin.get("/metrics").body.decode()
            found = re.findall(r'^tally_records_total\{flow="callDurations",outcome="(\w+)"\} (\d+)$', text, re.M)
            return {outcome: int(n) for outcome, n in found}
        before, records = totals(), [duration(n) for n in range(5)] + [duration(0), duration(1, 99), {"id": "bad"}]
        self.assertEqual(set(before), {"accepted", "duplicate", "conflict", "rejected"})
        for _ in range(2):
            self.assertEqual(send(self.client, records, **{"Idempotency-Key": "key-6"}).status, 201)
        self.assertEqual({k: v - before[k] for k, v in totals().items()},
                         {"accepted": 5, "duplicate": 1, "conflict": 1, "rejected": 1})

    def test_a_failed_request_uses_no_key(self):
        headers = {**NDJSON, "Content-Encoding": "gzip", "Idempotency-Key": "key-3"}
        body = packed(lines([duration(1)]))
        self.assertEqual(self.client.post(DURATIONS, body=body[:-3], headers=headers).status, 400)
        self.assertEqual(self.client.post(DURATIONS, body=body, headers=headers).status, 201)

    def test_keys_have_a_form(self):
        for key, status in (("x" * 255, 201), ("x" * 256, 400), ("a b", 400), ("", 400)):
            answer = send(self.client, [duration(1)], **{"Idempotency-Key": key})
            self.assertEqual(answer.status, status, key)

    def open_upload(self, headers):
        """A connection with an upload under way, chunked: the server has said 100 Continue."""
        raw = self.x.tls.wrap_socket(socket.create_connection(("127.0.0.1", self.x.port)), server_hostname="127.0.0.1")
        head = {"Host": f"127.0.0.1:{self.x.port}", "Authorization": "Bearer " + self.client.token,
                "Transfer-Encoding": "chunked", "Expect": "100-continue", **NDJSON, **headers}
        fields = "".join(f"{k}: {v}\r\n" for k, v in head.items())
        raw.sendall(f"POST {DURATIONS} HTTP/1.1\r\n{fields}\r\n".encode())
        self.assertEqual(Uploads.answer_of(raw), 100)
        raw.sendall(self.chunk(lines([duration(1)])))
        return raw

    @staticmethod
    def chunk(data):
        return f"{len(data):x}\r\n".encode() + data + b"\r\n"

    @staticmethod
    def answer_of(raw):
        data = b""
        while b"\r\n\r\n" not in data:
            piece = raw.recv(65536)
            if not piece:
                break
            data += piece
        return int(data.split(b" ", 2)[1]) if data else None

    def test_a_key_under_way_is_refused(self):
        raw = self.open_upload({"Idempotency-Key": "key-4"})
        answer = send(self.client, [duration(1)], **{"Idempotency-Key": "key-4"})
        self.assertEqual((answer.status, answer.code), (409, "requestInProgress"))
        raw.sendall(b"0\r\n\r\n")
        self.assertEqual(self.answer_of(raw), 201)
        raw.close()
        self.assertEqual(send(self.client, [duration(1)], **{"Idempotency-Key": "key-4"}).status, 201)

    # --- what is cut off -----------------------------------------------------------------

    def test_a_chunked_body_that_ends_early_is_not_acknowledged(self):
        raw = self.open_upload({"Idempotency-Key": "key-5"})
        raw.sendall(self.chunk(lines([duration(n) for n in range(2, 50)])))
        raw.close()
        answer = eventually(lambda: (lambda a: a.status == 201 and a)(
            send(self.client, [duration(n) for n in range(1, 50)], **{"Idempotency-Key": "key-5"})))
        self.assertEqual(answer.json["accepted"] + answer.json["duplicates"], 49)
        self.assertEqual(answer.json["conflicts"], 0)

    def test_a_body_shorter_than_its_length_is_not_acknowledged(self):
        body = lines([duration(n) for n in range(100)])
        raw = self.x.tls.wrap_socket(socket.create_connection(("127.0.0.1", self.x.port)), server_hostname="127.0.0.1")
        raw.sendall((f"POST {DURATIONS} HTTP/1.1\r\nHost: 127.0.0.1:{self.x.port}\r\n"
                     f"Authorization: Bearer {self.client.token}\r\nContent-Type: application/x-ndjson\r\n"
                     f"Content-Length: {len(body) + 1}\r\n\r\n").encode() + body)
        raw.close()
        self.assertEqual(send(self.client, [duration(n) for n in range(100)]).status, 201)
        self.assertEqual(len(self.client.get(DURATIONS + "/batches").json["value"]), 1)

    def test_content_that_ends_early_is_not_acknowledged(self):
        body = lines([duration(n) for n in range(100)])
        cut = [(packed(body)[:-1], {**NDJSON, "Content-Encoding": "gzip"}),
               (packed(body)[:-9] + b"\0" * 9, {**NDJSON, "Content-Encoding": "gzip"}),
               (packed(body) + b"behind", {**NDJSON, "Content-Encoding": "gzip"}),
               (json.dumps([duration(1)]).encode()[:-1], {"Content-Type": "application/json"})]
        for data, headers in cut:
            answer = self.client.post(DURATIONS, body=data, headers=headers)
            self.assertEqual(answer.status, 400, (headers, answer))
        # A last line that does not parse was cut in its middle, or is wrong: it is no record.
        answer = self.client.post(DURATIONS, body=body[:-20], headers=NDJSON)
        self.assertEqual(answer.json["rejected"], 1)
        self.assertEqual(len(self.client.get(DURATIONS + "/batches").json["value"]), 1)


class Limits(ExchangeTest):
    settings = {"batchRecordsMax": 100, "recordBytesMax": 1000, "decompressedBytesMax": 200000,
                "decompressedRatioMax": 20, "uploadsPerClientMax": 2, "uploadBytesMax": 1048576}

    def setUp(self):
        self.operator = self.x.operator("operator")
        self.client = self.x.client(["Data.Write"], operator=self.operator["id"])

    def test_records_of_a_batch(self):
        self.assertEqual(send(self.client, [duration(n) for n in range(100)]).status, 201)
        answer = send(self.client, [duration(n) for n in range(101)])
        self.assertEqual((answer.status, answer.code), (413, "requestTooLarge"))

    def test_bytes_of_a_record(self):
        def of_size(n, size):
            line = json.dumps(duration(n, unknown=""))
            return line.replace('""', '"' + "x" * (size - len(line)) + '"').encode()
        answer = self.client.post(DURATIONS, body=b"\n".join([of_size(1, 1000), of_size(2, 1001), of_size(3, 999)]),
                                  headers=NDJSON)
        self.assertEqual(answer.status, 201, answer)
        self.assertEqual(counts(answer), (3, 2, 0, 0, 1))
        self.assertEqual(answer.json["errors"][0]["line"], 2)

    def test_bytes_after_decompression(self):
        line = lines([duration(1)])
        for size, status in ((200000, 201), (200001, 413)):
            blanks = random.Random(1).choices(b" \n", k=size - len(line))
            body = line + bytes(blanks)
            self.assertEqual(len(body), size)
            answer = self.client.post(DURATIONS, body=packed(body), headers={**NDJSON, "Content-Encoding": "gzip"})
            self.assertEqual(answer.status, status, answer)

    def test_a_bomb_costs_nothing(self):
        bomb = zlib.compressobj(9, wbits=31)
        body = b"".join([bomb.compress(b"[" * (1 << 20)) for _ in range(64)]) + bomb.flush()
        for headers in ({"Content-Type": "application/json"}, NDJSON, CSV):
            answer = self.client.post(DURATIONS, body=body, headers={**headers, "Content-Encoding": "gzip"})
            self.assertIn(answer.status, (400, 413), answer)

    def test_the_ratio_counts_beyond_a_mebibyte(self):
        settings = {"decompressedRatioMax": 20}
        with Exchange(settings) as x:
            client = x.client(["Data.Write"], operator=x.operator("operator")["id"])
            line = lines([duration(1)])
            for size, status in ((1 << 20, 201), ((1 << 20) + 1, 413)):
                answer = client.post(DURATIONS, body=packed(line + b"\n" * (size - len(line))),
                                     headers={**NDJSON, "Content-Encoding": "gzip"})
                self.assertEqual(answer.status, status, answer)
            self.assertEqual(answer.code, "requestTooLarge")
            self.assertIn("20 times", answer.json["error"]["message"])
            # Records, however alike, are no bomb.
            records = lines([duration(n % 86400, prefix=f"d{n}-") for n in range(10000)])
            self.assertGreater(len(records), 1 << 20)
            answer = client.post(DURATIONS, body=packed(records), headers={**NDJSON, "Content-Encoding": "gzip"})
            self.assertEqual(answer.json["rejected"], 0, answer)

    def test_uploads_of_a_client_at_once(self):
        raws = [Uploads.open_upload(self, {}) for _ in range(2)]
        answer = send(self.client, [duration(1)])
        self.assertEqual((answer.status, answer.code), (429, "tooManyRequests"))
        self.assertGreater(int(answer.headers["retry-after"]), 0)
        other = self.x.client(["Data.Write"], operator=self.operator["id"])
        self.assertEqual(send(other, [duration(2)]).status, 201)
        for raw in raws:
            raw.sendall(b"0\r\n\r\n")
            self.assertEqual(Uploads.answer_of(raw), 201)
            raw.close()
        self.assertEqual(send(self.client, [duration(1)]).status, 201)

    chunk = staticmethod(Uploads.chunk)

    def test_bytes_as_sent(self):
        answer = self.client.post(DURATIONS, body=b"\n" * 1048577, headers=NDJSON)
        self.assertEqual((answer.status, answer.code), (413, "requestTooLarge"))


class Restarts(unittest.TestCase):
    def test_keys_and_batches_survive_a_kill(self):
        with Exchange() as x:
            operator = x.operator("operator")
            client = x.client(["Data.Write"], operator=operator["id"])
            first = send(client, [duration(n) for n in range(3)], **{"Idempotency-Key": "key"})
            client.close()
            x.kill()
            x.start()
            client.sign_in()
            again = send(client, [duration(n) for n in range(3)], **{"Idempotency-Key": "key"})
            self.assertEqual(again.body, first.body)
            self.assertEqual(client.get(f"{DURATIONS}/batches/{first.json['id']}").json, first.json)
            self.assertEqual(counts(send(client, [duration(n) for n in range(4)])), (4, 1, 3, 0, 0))


@unittest.skipUnless(ON_POSTGRES, "an embedded store has one exchange")
class TwoExchanges(unittest.TestCase):
    """On one database: a key belongs to both."""

    def setUp(self):
        self.first = Exchange({"uploadRateMin": 0}).start()
        self.addCleanup(self.first.remove)
        self.second = Exchange({"store": self.first.settings["store"]}).start()
        self.addCleanup(self.second.remove)
        operator = self.first.operator("operator")
        self.client = self.first.client(["Data.Write"], operator=operator["id"])
        self.x = self.first  # for open_upload()
        self.other = Client(self.second, self.client.client_id, self.client.secret).sign_in()

    chunk = staticmethod(Uploads.chunk)

    def test_an_answer_of_one_is_given_by_the_other(self):
        records = [duration(n) for n in range(3)]
        first = send(self.client, records, **{"Idempotency-Key": "key"})
        again = send(self.other, records, **{"Idempotency-Key": "key"})
        self.assertEqual((again.status, again.body), (201, first.body))
        self.assertEqual(again.headers["location"].split("/")[3:], first.headers["location"].split("/")[3:])
        other = send(self.other, records[1:], **{"Idempotency-Key": "key"})
        self.assertEqual((other.status, other.code), (422, "idempotencyKeyReused"))

    def test_a_key_under_way_at_one_is_refused_by_the_other(self):
        raw = Uploads.open_upload(self, {"Idempotency-Key": "key"})
        for client in (self.other, self.client):
            answer = send(client, [duration(1)], **{"Idempotency-Key": "key"})
            self.assertEqual((answer.status, answer.code), (409, "requestInProgress"))
        self.assertEqual(send(self.other, [duration(1)], **{"Idempotency-Key": "another"}).status, 201)
        raw.sendall(b"0\r\n\r\n")
        self.assertEqual(Uploads.answer_of(raw), 201)
        raw.close()
        self.assertEqual(send(self.other, [duration(1)], **{"Idempotency-Key": "key"}).status, 201)

    def test_a_request_that_failed_leaves_the_key(self):
        raw = Uploads.open_upload(self, {"Idempotency-Key": "key"})
        raw.close()
        eventually(lambda: send(self.other, [duration(2)], **{"Idempotency-Key": "key"}).status == 201, seconds=10)

    def test_a_crash_leaves_the_key_when_its_lease_ends(self):
        raw = Uploads.open_upload(self, {"Idempotency-Key": "key"})
        refused = send(self.other, [duration(1)], **{"Idempotency-Key": "key"})
        self.assertEqual(refused.status, 409)
        self.first.kill()
        raw.close()
        answer = eventually(lambda: (lambda a: a.status == 201 and a)(
            send(self.other, [duration(1)], **{"Idempotency-Key": "key"})))
        self.assertEqual(answer.json["received"], 1)

    def test_a_long_upload_keeps_its_key(self):
        raw = Uploads.open_upload(self, {"Idempotency-Key": "key"})
        for n in range(2, 22):  # longer than a lease without renewal
            time.sleep(1)
            raw.sendall(self.chunk(lines([duration(n)])))
        answer = send(self.other, [duration(1)], **{"Idempotency-Key": "key"})
        self.assertEqual((answer.status, answer.code), (409, "requestInProgress"))
        raw.sendall(b"0\r\n\r\n")
        self.assertEqual(Uploads.answer_of(raw), 201)
        raw.close()

    def test_a_removed_client_ends_at_both(self):
        client = Client(self.second, token=self.client.token)
        self.addCleanup(client.close)
        self.assertEqual(client.get(DURATIONS + "/batches").status, 200)
        self.assertEqual(self.first.admin.delete("/platform/v1.0/clients/" + self.client.client_id).status, 204)
        self.assertEqual(self.client.get(DURATIONS + "/batches").status, 401)
        eventually(lambda: client.get(DURATIONS + "/batches").status == 401, seconds=10)

    def test_many_at_both_give_one_batch(self):
        records = [duration(n) for n in range(200)]
        for key in range(5):
            with concurrent.futures.ThreadPoolExecutor(6) as pool:
                def one(n):
                    client = Client((self.first, self.second)[n % 2], token=self.client.token)
                    try:
                        return send(client, records, **{"Idempotency-Key": f"many-{key}"})
                    finally:
                        client.close()
                answers = list(pool.map(one, range(6)))
            self.assertLessEqual({a.status for a in answers}, {201, 409})
            self.assertEqual(len({a.json["id"] for a in answers if a.status == 201}), 1)


class CallRecordUploads(ExchangeTest):
    def setUp(self):
        self.operators = [self.x.operator("one"), self.x.operator("two")]
        self.tenant = self.x.tenant_("tenant")
        self.readers = [self.x.client(["Data.Read"], operator=o["id"]) for o in self.operators]

    def test_one_upload_for_several_operators(self):
        absent = {"id": "3f2504e0-4f89-41d3-9a0c-0305e82c3301"}
        records = [call(n, self.operators[n % 2], self.tenant, userId="someone") for n in range(6)]
        records[2] = call(2, absent, self.tenant)
        records[3] = call(3, self.operators[1], absent)
        answer = self.x.admin.post(CALLS, records)
        self.assertEqual(counts(answer), (6, 4, 0, 0, 2))
        self.assertEqual([(e["index"], e["field"], e["code"]) for e in answer.json["errors"]],
                         [(2, "operatorId", "unknownOperator"), (3, "tenantId", "unknownTenant")])
        for reader, expected in zip(self.readers, (["c0", "c4"], ["c1", "c5"])):
            values, _ = reader.pages(OWN_CALLS)
            self.assertEqual([v["id"] for v in values], expected)
            for value in values:
                self.assertEqual(value["tenantId"], self.tenant["id"])
                self.assertEqual(value["durationSeconds"], 30)
                self.assertNotIn("userId", value)
        own = self.operators[0]["id"]
        listed, _ = self.x.admin.pages(f"{CALLS}?$filter=operatorId%20eq%20'{own}'&$top=1")
        self.assertEqual([(v["id"], v["userId"]) for v in listed], [("c0", "someone"), ("c4", "someone")])
        self.assertEqual(self.x.admin.get(f"{CALLS}/batches/{answer.json['id']}").json, answer.json)
        self.assertEqual(self.readers[0].get(f"{OWN_CALLS}/c1").status, 404)

    def test_guids_count_in_any_case(self):
        upper = {"id": self.operators[0]["id"].upper()}
        tenant = {"id": self.tenant["id"].upper()}
        self.assertEqual(counts(self.x.admin.post(CALLS, [call(1, self.operators[0], self.tenant, prefix="g")]))[1], 1)
        self.assertEqual(counts(self.x.admin.post(CALLS, [call(1, upper, tenant, prefix="g")])), (1, 0, 1, 0, 0))

    def test_media_streams_are_checked_and_get_a_mos(self):
        streams = [{"streamId": "1", "streamDirection": "callerToCallee", "audioCodec": "pcma",
                    "averageJitter": "PT0.012S", "averagePacketLossRate": 0.01, "averageRoundTripTime": "PT0.08S"},
                   {"streamId": "2", "streamDirection": "calleeToCaller", "audioCodec": "pcma"}]
        records = [call(1, self.operators[0], self.tenant, mediaStreams=streams),
                   call(2, self.operators[0], self.tenant, mediaStreams=[{"averagePacketLossRate": "much"}])]
        answer = self.x.admin.post(CALLS, records)
        self.assertEqual(counts(answer), (2, 1, 0, 0, 1))
        self.assertIn("mediaStreams[0]", answer.json["errors"][0]["field"])
        reader = self.readers[0]
        self.assertNotIn("mediaStreams", reader.get(f"{OWN_CALLS}/c1").json)
        measured, unmeasured = reader.get(f"{OWN_CALLS}/c1?$expand=mediaStreams").json["mediaStreams"]
        self.assertTrue(3.5 < measured["mos"] < 4.45, measured)
        self.assertTrue(measured["mosAlgorithm"])
        self.assertIsNone(unmeasured["mos"])

    def test_lower_versions_and_conflicts(self):
        operator = self.operators[0]
        answer = self.x.admin.post(CALLS, [call(1, operator, self.tenant, version=2, prefix="v")])
        self.assertEqual(counts(answer), (1, 1, 0, 0, 0))
        self.assertEqual(counts(self.x.admin.post(CALLS, [call(1, operator, self.tenant, version=1, prefix="v")])),
                         (1, 0, 1, 0, 0))
        answer = self.x.admin.post(CALLS, [call(1, operator, self.tenant, version=2, prefix="v", trunk="other")])
        self.assertEqual(counts(answer), (1, 0, 0, 1, 0))
        conflicts, _ = self.x.admin.pages(CALLS + "/conflicts")
        self.assertEqual([(c["recordId"], c["operatorId"], c["offered"]["trunk"]) for c in conflicts
                          if c["operatorId"] == operator["id"]], [("v1", operator["id"], "other")])


if __name__ == "__main__":
    unittest.main()
