"""Lists as CSV: which form is answered, what stands in it, and that what reads records reads it back."""
import csv
import io
import json
import os
import re
import subprocess
import tempfile
import unittest
import urllib.parse

from harness import TALLY, Exchange, ExchangeTest
from records import CALLS, CSV, DURATIONS, OWN_CALLS, call, counts, duration, send
from test_reconciliations import DAY, as_durations, calls, run, upload

O, P, G = "/operator/v1.0/", "/platform/v1.0/", "/v1.0/"
ASSIGNMENTS = G + "admin/teams/telephoneNumberManagement/numberAssignments"
PSTN = G + "communications/callRecords/getPstnCalls(fromDateTime=2026-03-01,toDateTime=2026-03-20)"
DIRECT = PSTN.replace("getPstnCalls", "getDirectRoutingCalls")
TERMS = {"usage": "CallingUserAssignment", "acquiredCapabilities": ["UserAssignment", "InboundCalling"]}
RAW, SHEET = "text/csv", 'text/csv;profile="spreadsheet"'
PSTN_COLUMNS = (
    "UsageId,Call ID,Conference ID,User Location,Microsoft Entra ObjectId,UPN,User Display Name,Caller ID,Call Type,"
    "Call Direction,Number Type,Domestic/International,Destination Dialed,Destination Number,External Country,"
    "Start Time,End Time,Duration Seconds,Connection Fee,Charge,Currency,Capability,Operator,Source of Call Duration,"
    "Administrative Units")
FORMULA = "=cmd|' /C calc'!A1"


def get(client, target, accept=RAW, **headers):
    return client.get(target, headers={"Accept": accept, **headers})


def lines(answer):
    """The rows of an answer, each a list of cells."""
    return list(csv.reader(io.StringIO(answer.body.decode("utf-8-sig"), newline="")))


def table(answer):
    """The rows of an answer, each a dict."""
    header, *rows = lines(answer)
    assert all(len(row) == len(header) for row in rows), answer
    return [dict(zip(header, row)) for row in rows]


def next_link(answer):
    found = re.fullmatch('<([^<>]*)>; rel="next"', answer.headers.get("link", "<>"))
    return found.group(1) if found else None


def cell(value):
    """A value of the JSON as its CSV has it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list) and all(isinstance(v, str) for v in value):
        return "+".join(value)
    if isinstance(value, (list, dict)):
        return json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    return str(value)


class AsCsv(ExchangeTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        x = cls.x
        cls.operator = x.operator("Grüße, \"operator\"")
        cls.tenant = x.tenant_(FORMULA, "tenant.example")
        x.consent(cls.tenant["id"], cls.operator["id"])
        cls.user = x.user(cls.tenant["id"], "ada")
        cls.client = x.client(["NumberManagement.Write", "Data.Write", "Data.Read", "PartnerSettings.Read"],
                              operator=cls.operator["id"])
        cls.graph = x.client(["TeamsTelephoneNumber.ReadWrite.All", "CallRecords.Read.All"], tenant=cls.tenant["id"])
        for n in range(5):
            answer = cls.client.put(f"{O}numbers/+4930200{n}", {"tenantId": cls.tenant["id"], **TERMS})
            assert answer.status == 201, answer
        cls.durations = [
            duration(n, 30.5 + n, trunk=f"t{n}", sequence=n, sipResponseCode=200, q850Cause=16, releasedBy="caller",
                     correlationId=name, direction="outbound")
            for n, name in enumerate(["plain", 'a "quoted", one', FORMULA, "@ü", ";=1+1"])] + [
            duration(9, 0, callerNumber="anonymous")]
        assert send(cls.client, cls.durations).json["accepted"] == 6
        assert send(cls.client, [duration(9, 77)]).json["conflicts"] == 1
        cls.calls = [call(n, cls.operator, cls.tenant, userId=cls.user["id"], callerNumber="+49302000", version=n + 1,
                          correlationId=f'"{n}"', **({} if n % 2 else {"trunk": "-1"})) for n in range(5)]
        assert send(x.admin, cls.calls, CALLS).json["accepted"] == 5
        assert send(x.admin, [dict(cls.calls[1], trunk="other")], CALLS).json["conflicts"] == 1

    def lists(self):
        """Each list that has CSV and JSON with the same names: who reads it, and its path."""
        admin = [P + p for p in ("operators", "tenants", f"tenants/{self.tenant['id']}/users", "clients", "consents",
                                 "numbers", "numberOrders", "callRecords", "callDurations", "callRecords/batches",
                                 "callDurations/batches", "callRecords/conflicts", "callDurations/conflicts",
                                 "reconciliations")]
        own = [O + p for p in ("numbers", "numberOrders", "callRecords", "callDurations", "callDurations/batches",
                               "callDurations/conflicts", "reconciliations", "consents")]
        return ([(self.x.admin, p) for p in admin] + [(self.client, p) for p in own] +
                [(self.graph, p) for p in (ASSIGNMENTS, G + "operatorConnect/consents")])

    # --- which form --------------------------------------------------------------------

    def test_accept_decides(self):
        for accept, media in (
                (None, "application/json"), ("*/*", "application/json"), ("", "application/json"),
                ("application/json", "application/json"),
                ("application/json;odata.metadata=minimal", "application/json"),
                ("text/csv, application/json", "application/json"), ("text/html, */*;q=0.8", "application/json"),
                ("text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2", "application/json"),
                ("text/csv", RAW), ("text/*", RAW), ("application/json;q=0.5, text/csv", RAW),
                ("text/csv, */*;q=0.1", RAW),
                (SHEET, "sheet"), ("text/csv;profile=spreadsheet", "sheet"), (f"text/csv;q=0.5, {SHEET}", "sheet"),
                ("text/html", None), ("text/csv;profile=other", None), ("application/json;q=0", None), ("csv", None)):
            for client, path in ((self.client, O + "numbers"), (self.client, DURATIONS), (self.graph, PSTN),
                                 (self.graph, DIRECT)):
                with self.subTest(f"{accept} {path}"):
                    answer = client.get(path, headers={} if accept is None else {"Accept": accept})
                    self.assertEqual(answer.headers["vary"], "Accept")
                    if media is None:
                        self.expect(answer, 406, "notAcceptable", "Accept")
                        self.assertEqual(answer.headers["content-type"], "application/json")
                        self.assertNotIn("content-disposition", answer.headers)
                        continue
                    self.expect(answer, 200)
                    self.assertEqual(answer.headers["content-type"].split(";")[0], RAW if media == "sheet" else media)
                    self.assertEqual("spreadsheet" in answer.headers["content-type"], media == "sheet")
                    self.assertEqual(answer.body.startswith(b"\xef\xbb\xbf"), media == "sheet")
                    self.assertEqual("content-disposition" in answer.headers, media != "application/json")

    def test_feeds_are_json_only(self):
        for path in ("numbers/delta", "callRecords/delta", "consents/delta"):
            self.expect(get(self.client, O + path), 406, "notAcceptable", "Accept")
            self.expect(get(self.client, O + path, "text/csv, application/json;q=0.1"), 200)
            self.assertNotIn("vary", self.client.get(O + path).headers)

    def test_the_document_names_the_forms(self):
        paths = self.x.anonymous().get("/openapi.json").json["paths"]
        for _, path in self.lists() + [(None, "/v1.0/communications/callRecords/getPstnCalls({arguments})")]:
            content = paths[path.replace(self.tenant["id"], "{id}")]["get"]["responses"]["200"]["content"]
            self.assertEqual(sorted(content), ["application/json", "text/csv", "text/csv;profile=spreadsheet"])
        # Every list that can be filtered has them, but that of Graph's call records, which are trees.
        self.assertEqual({p for p, item in paths.items() if "get" in item and "text/csv" not in
                          item["get"]["responses"].get("200", {}).get("content", {}) and "$filter" in
                          [o["name"] for o in item["get"]["parameters"]]}, {"/v1.0/communications/callRecords"})
        self.assertEqual(list(paths[O + "numbers/delta"]["get"]["responses"]["200"]["content"]), ["application/json"])

    def test_the_file_is_called_as_the_list(self):
        for client, path, name in ((self.client, O + "numbers", "numbers"), (self.graph, PSTN, "getPstnCalls"),
                                   (self.x.admin, f"{P}tenants/{self.tenant['id']}/users", "users")):
            self.assertEqual(get(client, path).headers["content-disposition"], f'attachment; filename="{name}.csv"')

    # --- what stands in it ---------------------------------------------------------------

    def test_the_same_rows_as_in_json(self):
        for client, path in self.lists():
            with self.subTest(path):
                answer = get(client, path)
                self.assertEqual(answer.headers["content-type"], "text/csv; charset=utf-8")
                self.assertNotIn(b"\r", answer.body)
                shown, rows = client.get(path).json["value"], table(answer)
                self.assertEqual(len(rows), len(shown))
                for row, value in zip(rows, shown):
                    flat = {}
                    for name, v in value.items():
                        members = [c for c in row if c.startswith(name + ".")]
                        flat.update({c: cell((v or {}).get(c[len(name) + 1:])) for c in members} or {name: cell(v)})
                    self.assertEqual(row, flat)

    def test_a_header_stands_over_no_rows(self):
        answer = get(self.client, DURATIONS + "?$filter=" + urllib.parse.quote("id eq 'none'"))
        self.assertEqual(answer.body, get(self.client, DURATIONS).body.split(b"\n")[0] + b"\n")
        self.assertIsNone(next_link(answer))

    def test_conflicts_have_both_versions_in_columns(self):
        (row,) = table(get(self.client, DURATIONS + "/conflicts"))
        names = ("recordId", "kept.durationSeconds", "offered.durationSeconds", "kept.callerNumber",
                 "offered.callerNumber")
        self.assertEqual([row[n] for n in names], ["d9", "0", "77", "anonymous", "+4930900010"])
        (row,) = table(get(self.x.admin, CALLS + "/conflicts"))
        self.assertEqual((row["recordId"], row["kept.trunk"], row["offered.trunk"]), ("c1", "", "other"))

    def test_select_names_the_columns_and_their_order(self):
        names = "acquiredCapabilities,telephoneNumber,sipUri,telephoneNumber"
        answer = get(self.client, f"{O}numbers?$top=1&$select={names}")
        self.assertEqual(answer.body, b"acquiredCapabilities,telephoneNumber,sipUri\n"
                                      b"UserAssignment+InboundCalling,+49302000,\n")
        following = get(self.client, next_link(answer))
        self.assertEqual(lines(following)[0], ["acquiredCapabilities", "telephoneNumber", "sipUri"])
        answer = get(self.client, DURATIONS + "?$select=durationSeconds,id&$top=1")
        self.assertEqual(answer.body, b"durationSeconds,id\n30.5,d0\n")
        answer = get(self.client, DURATIONS + "?$select=trunk,*&$top=1")
        self.assertEqual(lines(answer)[0][:2] + lines(answer)[0][-2:], ["trunk", "id", "sequence", "receivedDateTime"])
        self.expect(get(self.client, DURATIONS + "?$select=nothing"), 400, "invalidRequest", "$select")
        # A row of one empty cell is no blank line.
        answer = get(self.client, O + "numbers?$select=sipUri&$top=2")
        self.assertEqual(answer.body, b'sipUri\n""\n""\n')

    def test_pages(self):
        for client, path in self.lists() + [(self.graph, PSTN)]:
            with self.subTest(path):
                whole, target, found = lines(get(client, path)), path + "?$top=2", []
                while target:
                    answer = get(client, target)
                    self.expect(answer, 200)
                    page = lines(answer)
                    self.assertEqual(page[0], whole[0])
                    self.assertLessEqual(len(page), 3)
                    found += page[1:]
                    target = next_link(answer)
                self.assertEqual(found, whole[1:])
                answer = get(client, path, RAW, Prefer="odata.maxpagesize=1")
                self.assertEqual(answer.headers["preference-applied"], "odata.maxpagesize=1")
                self.assertEqual(lines(answer), whole[:2])
        # Which form it is, each request says itself.
        link = next_link(get(self.client, DURATIONS + "?$top=2"))
        self.assertEqual([v["id"] for v in self.client.get(link).json["value"]], ["d2", "d3"])
        link = self.client.get(DURATIONS + "?$top=2").json["@odata.nextLink"]
        self.assertEqual([r["id"] for r in table(get(self.client, link))], ["d2", "d3"])

    def test_a_long_link(self):
        names = ["\U0001d4b3" * 127 + n for n in "123"]
        assert send(self.client, [duration(60, prefix="", id=n) for n in names]).json["accepted"] == 3
        where = " and ".join(f"id ge '{n[:end]}'" for n, end in zip(names, (127, 126, 125)))
        target, found = f"{DURATIONS}?$top=1&$filter={urllib.parse.quote(where)}", []
        while target:
            answer = get(self.client, target)
            found += [r["id"] for r in table(answer)]
            target = next_link(answer)
        self.assertEqual(found, names)
        # Refused in the one form like in the other.
        self.expect(get(self.client, f"{DURATIONS}?$filter=" + urllib.parse.quote("id eq '" + "x" * 2000 + "'")), 400,
                    "invalidRequest", "$filter")

    def test_what_csv_has_no_place_for(self):
        for client, path in self.lists() + [(self.graph, PSTN), (self.graph, DIRECT)]:
            self.expect(get(client, path + "?$count=true"), 400, "invalidRequest", "$count")
            self.expect(get(client, path + "?$count=false"), 200)
        for query in ("$expand=mediaStreams", "$select=id,mediaStreams"):
            self.expect(get(self.client, f"{OWN_CALLS}?{query}"), 400, "invalidRequest", "$expand")
        link = self.client.get(OWN_CALLS + "?$expand=mediaStreams&$top=1").json["@odata.nextLink"]
        self.expect(get(self.client, link), 400, "invalidRequest", "$expand")

    # --- usage ----------------------------------------------------------------------------

    def test_usage_has_the_columns_of_microsofts_export(self):
        answer = get(self.graph, PSTN)
        self.assertEqual(",".join(lines(answer)[0]), PSTN_COLUMNS)
        shown = self.graph.get(PSTN).json["value"]
        self.assertEqual(len(shown), 5)
        for row, value in zip(table(answer), shown):
            expected = {
                "UsageId": value["id"], "Call ID": value["callId"], "User Location": "DE", "UPN": "ada@users.example",
                "Microsoft Entra ObjectId": self.user["id"], "User Display Name": "ada", "Caller ID": "+49302000",
                "Call Type": "oc_user_out", "Call Direction": "Outbound", "Number Type": "Subscriber",
                "Domestic/International": "Domestic", "Destination Dialed": "Germany",
                "Destination Number": value["calleeNumber"], "External Country": "DE",
                "Start Time": value["startDateTime"], "End Time": value["endDateTime"], "Duration Seconds": "30",
                "Connection Fee": "", "Charge": "", "Operator": self.operator["displayName"],
                "Source of Call Duration": "microsoft"}
            self.assertEqual({k: row[k] for k in expected}, expected)
            self.assertTrue(row["Destination Number"].endswith("***"), "masked as in JSON")
        header, *rows = lines(get(self.graph, DIRECT))
        self.assertEqual((header[0], len(header), rows), ("CorrelationId", 24, []))

    # --- for spreadsheets -------------------------------------------------------------------

    def test_a_spreadsheet_takes_no_text_for_a_formula(self):
        target = DURATIONS + "?$select=correlationId,callerNumber,durationSeconds&$filter=" + urllib.parse.quote(
            "sequence ge 0")
        raw, sheet = get(self.client, target), get(self.client, target, SHEET)
        self.assertEqual(sheet.headers["content-type"], 'text/csv; charset=utf-8; profile="spreadsheet"')
        self.assertEqual([r[0] for r in lines(raw)],
                         ["correlationId", "plain", 'a "quoted", one', FORMULA, "@ü", ";=1+1"])
        self.assertEqual([r[0] for r in lines(sheet)],
                         ["correlationId", "plain", 'a "quoted", one', "'" + FORMULA, "'@ü", ";'=1+1"])
        self.assertEqual({r[1] for r in lines(sheet)[1:]}, {"'+4930900010"})
        self.assertEqual([r[2] for r in lines(sheet)[1:3]], ["30.5", "31.5"])
        names = [r["displayName"] for r in table(get(self.x.admin, P + "tenants", SHEET))]
        self.assertIn("'" + FORMULA, names)
        for client, path in self.lists() + [(self.graph, PSTN)]:
            for row in lines(get(client, path, SHEET)):
                for text in row:
                    self.assertNotRegex(text, r"^[=+\-@\t\r]", path)

    # --- who looked -----------------------------------------------------------------------------

    def test_audited_like_json(self):
        officer = self.x.client(["Privacy.Officer"])
        reader = self.x.client(["Data.Read"], operator=self.operator["id"])
        self.expect(get(reader, OWN_CALLS + "?$top=3"), 200)
        self.expect(reader.get(OWN_CALLS + "?$top=3"), 200)
        entries, _ = officer.pages("/privacy/v1.0/auditEvents?clientId=" + reader.client_id)
        seen = [{k: v for k, v in e.items() if k not in ("id", "requestId", "dateTime", "createdDateTime", "time")}
                for e in entries if "callRecords" in json.dumps(e)]
        self.assertEqual(len(seen), 2, entries)
        self.assertEqual(seen[0], seen[1])


class RoundTrip(ExchangeTest):
    """What is listed as CSV goes back unchanged: by POST, by tally import, by tally reconcile."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.operator, cls.tenant = cls.x.operator("op"), cls.x.tenant_("ten")
        cls.x.consent(cls.tenant["id"], cls.operator["id"])
        user = cls.x.user(cls.tenant["id"], "ada")
        cls.books = cls.x.client(["Data.Read", "Data.Write"], operator=cls.operator["id"])
        cls.calls = calls(cls.operator["id"], cls.tenant["id"], 60)
        for n, c in enumerate(cls.calls):
            c.update(userId=user["id"], version=1 + n % 3, sipResponseCode=200, q850Cause=16, releasedBy="callee",
                     trunk=f'=trunk "{n}", ü;')
        cls.calls[1]["callerNumber"] = "anonymous"
        cls.calls[2].update(answerDateTime=None, releasedBy=None, q850Cause=None, sipResponseCode=486)
        cls.calls = [{k: v for k, v in c.items() if v is not None} for c in cls.calls]
        answered = [c for c in cls.calls if "answerDateTime" in c]
        longer = {7: 40, 8: 0.125, 9: -15}
        cls.durations = as_durations(answered, lambda i, r: dict(
            r, sequence=i, durationSeconds=round(r["durationSeconds"] + longer.get(i, 0), 3)))
        upload(cls.x.admin, CALLS, cls.calls)
        upload(cls.books, DURATIONS, cls.durations)

    def lists(self):
        return ((self.x.admin, CALLS, "calls", self.calls), (self.books, DURATIONS, "durations", self.durations))

    def pages(self, client, path):
        """All pages of a list, one below the other, each with its header."""
        text, target = b"", path + "?$top=25"
        while target:
            answer = get(client, target)
            self.expect(answer, 200)
            text += answer.body
            target = next_link(answer)
        return text

    def test_uploaded_again_all_are_duplicates(self):
        for client, path, _, records in self.lists():
            for body in (get(client, path).body, self.pages(client, path)):
                answer = client.post(path, body=body, headers=CSV)
                self.assertEqual(answer.status, 201, answer)
                self.assertEqual(counts(answer), (len(records), 0, len(records), 0, 0))

    def test_uploaded_to_another_exchange_they_are_the_same(self):
        with Exchange() as other:
            other.admin.post(P + "operators", self.operator)
            other.admin.post(P + "tenants", self.tenant)
            books = other.client(["Data.Read", "Data.Write"], operator=self.operator["id"])
            for client, path, _, records in self.lists():
                there = books if path == DURATIONS else other.admin
                self.assertEqual(counts(there.post(path, body=get(client, path).body, headers=CSV))[1], len(records))
                first, second = (reader.get(path).json["value"] for reader in (client, there))
                for r in first + second:
                    r.pop("receivedDateTime", None)
                self.assertEqual(first, second)

    def test_imported_they_are_what_was_uploaded(self):
        for client, path, kind, records in self.lists():
            got = subprocess.run([TALLY, "import", "--format", "canonical", "--kind", kind, "-"], check=True,
                                 input=self.pages(client, path), capture_output=True).stdout
            read = {r["id"]: r for r in map(json.loads, got.splitlines())}
            for shown in client.get(path).json["value"]:
                expected = {k: v for k, v in shown.items() if v is not None and k != "receivedDateTime"}
                self.assertEqual(read.pop(shown["id"]), expected)
                (sent,) = [r for r in records if r["id"] == shown["id"]]
                self.assertEqual({k: v for k, v in expected.items() if k in sent}, sent)
            self.assertEqual(read, {})

    def test_reconciled_they_say_what_the_exchange_says(self):
        result = run(self.x, self.operator["id"])
        with tempfile.TemporaryDirectory() as folder:
            sides = {}
            for client, path, kind, _ in self.lists():
                sides[kind] = os.path.join(folder, kind + ".csv")
                with open(sides[kind], "wb") as f:
                    f.write(self.pages(client, path))
            subprocess.run([TALLY, "reconcile", "--quiet", "--platform", sides["calls"], "--operator",
                            sides["durations"], "--out", folder], capture_output=True)
            with open(os.path.join(folder, "summary.json"), encoding="utf-8") as f:
                summary = json.load(f)
            with open(os.path.join(folder, "matches.csv"), encoding="utf-8") as f:
                matches = f.read().splitlines()
        for name in ("verdict", "counts", "seconds", "digest"):
            self.assertEqual(summary[name], result[name], name)
        # The rows that are not agreed stand as they are at the beginning of the discrepancies' rows.
        target = O + f"reconciliations/{DAY}/discrepancies"
        answer = get(self.books, target)
        text = answer.body.decode().splitlines()
        self.assertTrue(text[0].startswith(matches[0] + ",platform.correlationId,platform.callerNumber,"), text[0])
        self.assertTrue(text[0].endswith(",operator.trunk,id"), text[0])
        self.assertEqual(len(text), 3 + (len(self.calls) - len(self.durations)))
        for line in text[1:]:
            self.assertTrue(any(line.startswith(m + ",") for m in matches[1:]), line)
        differing = next(r for r in table(answer) if r["class"] == "differs")
        shown = next(v for v in self.books.get(target).json["value"] if v["class"] == "differs")
        self.assertEqual((differing["platformId"], differing["differenceSeconds"]), (shown["platformId"], "40"))
        # A spreadsheet reckons with differences, and leaves numbers alone.
        sheet = [r for r in table(get(self.books, target, SHEET)) if r["class"] == "differs"]
        self.assertEqual([r["differenceSeconds"] for r in sheet], ["40", "-15"])
        self.assertTrue(all(r["platform.callerNumber"].startswith("'+49") for r in sheet))
        for side in ("platform", "operator"):
            for name, value in shown[side].items():
                if name != "id":
                    self.assertEqual(differing[f"{side}.{name}"], cell(value))
        alone = next(r for r in table(answer) if r["class"] == "platform_only")
        self.assertEqual({v for k, v in alone.items() if k.startswith("operator")}, {""})
        self.assertEqual(alone["platform.inviteDateTime"], next(
            c["inviteDateTime"] for c in self.calls if c["id"] == alone["platformId"]))
        (day,) = table(get(self.books, O + "reconciliations"))
        self.assertEqual((day["counts.agreed"], day["seconds.difference"], day["verdict"]),
                         (cell(result["counts"]["agreed"]), cell(result["seconds"]["difference"]), result["verdict"]))


if __name__ == "__main__":
    unittest.main()
