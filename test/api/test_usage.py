"""A tenant's usage and call records, as Microsoft Graph shows them."""
import datetime
import json
import tempfile
import unittest
import urllib.parse

from harness import Exchange, ExchangeTest, eventually
from test_reconciliations import run, upload

CALLS, DURATIONS = "/platform/v1.0/callRecords", "/operator/v1.0/callDurations"
RECORDS = "/v1.0/communications/callRecords"
DAY = "2026-04-14"
YESTERDAY = (datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(days=1)).strftime("%Y-%m-%d")
COLUMNS = {
    "id", "callId", "callDurationSource", "duration", "startDateTime", "endDateTime", "callerNumber", "calleeNumber",
    "callType", "userId", "userPrincipalName", "userDisplayName", "operator", "charge", "connectionCharge", "currency",
    "destinationContext", "destinationName", "usageCountryCode", "tenantCountryCode", "conferenceId",
    "licenseCapability", "inventoryType",
}


def at(text, day=DAY):
    return f"{day}T{text}Z"


def pstn(start, end, query="", name="getPstnCalls"):
    return f"{RECORDS}/{name}(fromDateTime={start},toDateTime={end}){query}"


class World:
    def __init__(self, x, name, country="DE", user_country="DE", operator_country="DE"):
        self.x = x
        self.operator = x.operator(name, operator_country)
        self.tenant = x.tenant_(name, country=country)
        x.consent(self.tenant["id"], self.operator["id"], ("DE", "FR"))
        self.user = x.user(self.tenant["id"], f"{name}-user", user_country)
        self.reader = x.client(["CallRecord-PstnCalls.Read.All", "CallRecords.Read.All"], tenant=self.tenant["id"])
        self.books = x.client(["Data.Read", "Data.Write", "NumberManagement.Write"], operator=self.operator["id"])

    def call(self, name, invite="10:00:00.000", answer="10:00:05.000", end="10:01:05.000", day=DAY, **more):
        record = {"id": name, "correlationId": f"{name}@trunk", "operatorId": self.operator["id"],
                  "tenantId": self.tenant["id"], "userId": self.user["id"], "direction": "outbound",
                  "callerNumber": "+49305550100", "calleeNumber": "+33142685300", "inviteDateTime": at(invite, day),
                  "answerDateTime": answer and at(answer, day), "endDateTime": at(end, day), **more}
        return {k: v for k, v in record.items() if v is not None}

    def send(self, *calls):
        return upload(self.x.admin, CALLS, list(calls))

    def rows(self, start=DAY, end="2026-04-15", query=""):
        rows, _ = self.reader.pages(pstn(start, end, query))
        return {r["callId"].replace("@trunk", ""): r for r in rows}

    def refused(self, target, status=400):
        answer = self.reader.get(target)
        assert answer.status == status, answer
        return answer.json["error"]


class Usage(ExchangeTest):
    def world(self, name, **more):
        return World(self.x, name, **more)

    def test_a_row_has_every_column(self):
        w = self.world("columns")
        w.send(w.call("abroad"), w.call("busy", answer=None, end="10:00:09.000", sipResponseCode=486),
               w.call("in", direction="inbound", callerNumber="+4989123456", calleeNumber="+49305550100"),
               w.call("hidden", direction="inbound", callerNumber="anonymous", calleeNumber="+49305550100"))
        answer = w.reader.get(pstn(DAY, "2026-04-15"))
        self.assertEqual(answer.status, 200, answer)
        self.assertEqual(answer.headers["content-type"].split(";")[0], "application/json")
        page = answer.json
        self.assertEqual(page["@odata.context"], f"{self.x.base_url}/v1.0/$metadata"
                         "#Collection(microsoft.graph.callRecords.pstnCallLogRow)")
        self.assertEqual(page["@odata.count"], 3)
        self.assertNotIn("@odata.nextLink", page)
        rows = {r["callId"]: r for r in page["value"]}
        self.assertEqual(set(rows), {"abroad@trunk", "in@trunk", "hidden@trunk"})
        row = rows["abroad@trunk"]
        self.assertLessEqual(COLUMNS, set(row))
        self.assertRegex(row["id"], r"^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$")
        expected = {
            "callRecordId": "abroad", "userId": w.user["id"], "userPrincipalName": "columns-user@users.example",
            "userDisplayName": "columns-user", "startDateTime": at("10:00:05.000"), "endDateTime": at("10:01:05.000"),
            "duration": 60, "callDurationSource": "microsoft", "callType": "oc_user_out",
            "callerNumber": "+49305550100", "calleeNumber": "+33142685***", "operator": "columns", "charge": None,
            "connectionCharge": None, "currency": None, "destinationContext": "International",
            "destinationName": "France", "usageCountryCode": "DE", "tenantCountryCode": "DE", "conferenceId": None,
            "licenseCapability": None, "inventoryType": "Subscriber"}
        self.assertEqual({k: row[k] for k in expected}, expected)
        inbound = rows["in@trunk"]
        self.assertEqual((inbound["callType"], inbound["callerNumber"], inbound["calleeNumber"],
                          inbound["destinationContext"], inbound["destinationName"]),
                         ("oc_user_in", "+4989123***", "+49305550100", "Domestic", "Germany"))
        self.assertEqual(rows["hidden@trunk"]["callerNumber"], "anonymous")
        self.assertEqual(w.reader.get(pstn(DAY, "2026-04-15")).json, page, "asked again, the same")

    def test_whole_seconds_nearest_half_up_and_the_end_fits(self):
        w = self.world("rounding")
        for ms, seconds in ((0, 0), (1, 0), (499, 0), (500, 1), (501, 1), (1499, 1), (1500, 2), (59999, 60)):
            w.send(w.call(f"ms{ms}", answer="10:00:05.250", end=f"10:{(5250 + ms) // 60000:02}:"
                          f"{(5250 + ms) % 60000 // 1000:02}.{(5250 + ms) % 1000:03}"))
            row = w.rows()[f"ms{ms}"]
            end = 5250 + seconds * 1000
            self.assertEqual((row["duration"], row["startDateTime"], row["endDateTime"]),
                             (seconds, at("10:00:05.250"), at(f"10:{end // 60000:02}:{end % 60000 // 1000:02}.250")))

    def test_the_window_is_on_the_answer_and_has_both_its_ends(self):
        w = self.world("window")
        w.send(w.call("c", invite="10:00:00.000", answer="10:00:30.500"),
               w.call("early", day="2026-04-13", invite="23:59:50.000", answer="23:59:59.999", end="23:59:59.999"),
               dict(w.call("midnight", day="2026-04-13", invite="23:59:50.000", answer=None),
                    answerDateTime=at("00:00:00.000"), endDateTime=at("00:00:09.000")))

        def found(start, end):
            return sorted(w.rows(start, end))

        self.assertEqual(found(at("10:00:30.500"), at("10:00:30.500")), ["c"])
        self.assertEqual(found(at("10:00:30.499"), at("10:00:30.499")), [])
        self.assertEqual(found(at("10:00:30.501"), at("10:00:31.000")), [])
        self.assertEqual(found(at("10:00:00.000"), at("10:00:30.499")), [])
        self.assertEqual(found(at("10:00:30.501"), at("11:00:00.000")), [])
        self.assertEqual(found(at("10:00:00"), at("10:00:30.5")), ["c"])
        self.assertEqual(found(at("12:00:30.500", DAY)[:-1] + "%2B02:00", at("11:00:00")), ["c"])
        self.assertEqual(found(DAY, "2026-04-15"), ["c", "midnight"], "a day's rows, also of calls that began to ring before it")
        self.assertEqual(found("2026-04-13", DAY), ["early", "midnight"], "a bare date is its midnight, and belongs to the window")

    def test_spellings_of_the_window(self):
        w = self.world("spellings")
        w.send(w.call("c"))
        start, end = at("00:00:00"), at("23:00:00")
        for inside in (f"fromDateTime={start},toDateTime={end}", f"toDateTime={end},fromDateTime={start}",
                       f"from={start},to={end}", f"fromDateTime='{start}',toDateTime='{end}'",
                       f"fromDateTime=%27{start}%27,toDateTime=%27{end}%27",
                       f"fromDateTime={start},toDateTime={end}".replace(":", "%3A"),
                       f"fromDateTime={start}, toDateTime={end}".replace(" ", "%20"),
                       f"fromDateTime={DAY}T00:00:00.0000000Z,toDateTime={DAY}T23:00:00.1234567Z",
                       f"fromDateTime={DAY}T02:00:00+02:00,toDateTime={DAY}T23:30:00-00:30",
                       f"fromDateTime={DAY},toDateTime=2026-04-15"):
            for name in ("getPstnCalls", "microsoft.graph.callRecords.getPstnCalls"):
                with self.subTest(f"{name}({inside})"):
                    answer = w.reader.get(f"{RECORDS}/{name}({inside})")
                    self.assertEqual(answer.status, 200, answer)
                    self.assertEqual([r["callRecordId"] for r in answer.json["value"]], ["c"])

    def test_windows_that_are_refused(self):
        w = self.world("refused")
        for inside, target in (("", None), ("fromDateTime=2026-01-01", "toDateTime"),
                               ("toDateTime=2026-01-01", "fromDateTime"),
                               ("fromDateTime=yesterday,toDateTime=2026-01-01", "fromDateTime"),
                               ("fromDateTime=2026-01-01,toDateTime=2026-01-32", "toDateTime"),
                               ("fromDateTime=2026-01-01T00:00:00,toDateTime=2026-01-02", "fromDateTime"),
                               ("fromDateTime=0001-01-01T00:00:00Z,toDateTime=2026-01-02", "fromDateTime"),
                               ("fromDateTime=2026-01-01,from=2026-01-01,toDateTime=2026-01-02", "fromDateTime"),
                               ("fromDateTime=2026-01-01,toDateTime=2026-01-02,userId=x", None),
                               ("fromDateTime,toDateTime", "fromDateTime"),
                               ("fromDateTime=2026-01-02,toDateTime=2026-01-01", "toDateTime"),
                               ("fromDateTime=2026-01-01,toDateTime=2026-04-02", "toDateTime"),
                               ("fromDateTime=2026-01-01,toDateTime=2026-04-01T00:00:00.001Z", "toDateTime")):
            for name in ("getPstnCalls", "getDirectRoutingCalls"):
                with self.subTest(f"{name}({inside})"):
                    error = w.refused(f"{RECORDS}/{name}({inside})")
                    self.assertEqual(error["code"], "invalidRequest")
                    self.assertEqual(error.get("target"), target)
                    self.assertTrue(error["message"])
        self.assertEqual(w.reader.get(pstn("2026-01-01", "2026-04-01")).status, 200, "90 days")
        w.refused(pstn(DAY, DAY, "?$filter=duration%20eq%201"))
        w.refused(pstn(DAY, DAY, "?$top=1001"))
        w.refused(pstn(DAY, DAY, "?$top=0"))

    def test_direct_routing_is_honestly_empty(self):
        w = self.world("direct")
        w.send(w.call("c"))
        page = w.reader.get(pstn(DAY, "2026-04-15", name="getDirectRoutingCalls")).json
        self.assertEqual(page, {"@odata.context": f"{self.x.base_url}/v1.0/$metadata"
                                "#Collection(microsoft.graph.callRecords.directRoutingLogRow)",
                                "@odata.count": 0, "value": []})

    def test_pages_have_a_thousand_rows_and_every_row_comes_once(self):
        w = self.world("pages")

        def some(prefix, n, step=0):
            return [w.call(f"{prefix}{i:04}", invite=f"{8 + i // 600:02}:{i // 10 % 60:02}:{i % 10 * 5 + step:02}.000",
                           answer=f"{8 + i // 600:02}:{i // 10 % 60:02}:{i % 10 * 5 + step:02}.700",
                           end="20:00:00.000") for i in range(n)]

        calls = some("a", 2000)
        w.send(*calls)
        first = w.reader.get(pstn(DAY, "2026-04-15")).json
        self.assertEqual((len(first["value"]), first["@odata.count"]), (1000, 1000))
        link = first["@odata.nextLink"]
        self.assertTrue(link.startswith(f"{self.x.base_url}/v1.0/communications/callRecords/getPstnCalls("))
        self.assertEqual(len(urllib.parse.parse_qs(urllib.parse.urlsplit(link).query)), 1)
        w.send(*some("late", 500, step=2))  # half of them before the place of the link, half behind
        rows, last = w.reader.pages(link)
        seen = [r["callRecordId"] for r in first["value"] + rows]
        self.assertEqual(len(seen), len(set(seen)), "no row twice")
        self.assertLessEqual({c["id"] for c in calls}, set(seen), "none is lost")
        self.assertEqual(last["@odata.count"], len(last["value"]))
        whole, last = w.reader.pages(pstn(DAY, "2026-04-15", "?$top=7"))
        self.assertEqual(len(whole), 2500)
        self.assertEqual(len({r["id"] for r in whole}), 2500)
        page = w.reader.get(pstn(DAY, "2026-04-15", "?%24top=7")).json
        self.assertEqual(page["@odata.count"], 7)

    def test_the_last_page_has_no_link_also_when_it_is_full(self):
        w = self.world("full")
        w.send(*[w.call(f"c{i}", invite=f"10:00:{i:02}.000", answer=f"10:00:{i:02}.500") for i in range(6)],
               *[w.call(f"u{i}", invite=f"10:01:{i:02}.000", answer=None) for i in range(6)])
        page = w.reader.get(pstn(DAY, "2026-04-15", "?$top=6")).json
        self.assertEqual(len(page["value"]), 6)
        self.assertNotIn("@odata.nextLink", page)
        page = w.reader.get(pstn(DAY, "2026-04-15", "?$top=5")).json
        rest = w.reader.get(page["@odata.nextLink"]).json
        self.assertEqual(len(rest["value"]), 1)
        self.assertNotIn("@odata.nextLink", rest)

    def test_links_belong_to_their_tenant(self):
        w, other = self.world("links"), self.world("links-other")
        w.send(*[w.call(f"c{i}", invite=f"10:00:{i:02}.000", answer=f"10:00:{i:02}.500") for i in range(3)])
        link = w.reader.get(pstn(DAY, "2026-04-15", "?$top=1")).json["@odata.nextLink"]
        self.assertEqual(other.reader.get(link).status, 404)
        self.assertEqual(w.reader.get(link[:-3] + "AAA").status, 400)
        token = urllib.parse.parse_qs(urllib.parse.urlsplit(link).query)["$skiptoken"][0]
        self.assertEqual(w.reader.get(f"{RECORDS}?$skiptoken={token}").status, 400, "of another list")
        # The window is frozen into the link, whatever stands in the path.
        moved = w.reader.get(pstn("2020-01-01", "2020-01-02", f"?$skiptoken={token}")).json
        self.assertEqual(len(moved["value"]), 1)

    def test_ids_of_any_allowed_length_can_be_paged(self):
        w = self.world("long")
        ids = [f"{i}" + "\U0001F4DE" * 127 for i in range(3)]
        w.send(*[w.call(name, correlationId=None) for name in ids])
        rows, _ = w.reader.pages(pstn(DAY, "2026-04-15", "?$top=1"))
        self.assertEqual([r["callId"] for r in rows], ids)
        rows, _ = w.reader.pages(f"{RECORDS}?$top=1")
        self.assertEqual([r["id"] for r in rows], ids)
        rows, _ = w.books.pages("/operator/v1.0/callRecords?$top=1")
        self.assertEqual([r["id"] for r in rows], ids)
        changed = "".join(json.dumps(w.call(name, correlationId="other")) + "\n" for name in ids).encode()
        answer = self.x.admin.post(CALLS, body=changed, headers={"Content-Type": "application/x-ndjson"})
        self.assertEqual(answer.json["conflicts"], 3, answer)
        rows, _ = self.x.admin.pages(f"{CALLS}/conflicts?$top=1&$count=true")
        self.assertLessEqual(set(ids), {r["recordId"] for r in rows})

    def test_the_operators_duration_counts_once_a_run_agreed(self):
        w = self.world("accepted")
        calls = [w.call(f"c{i}", calleeNumber=f"+49406660{i:03}", invite=f"11:{i:02}:00.000", answer=f"11:{i:02}:06.000",
                        end=f"11:{i:02}:{30 + i % 20:02}.400") for i in range(50)]
        durations = [{"id": f"d{i}", "correlationId": f"c{i}@trunk", "callerNumber": c["callerNumber"],
                      "calleeNumber": c["calleeNumber"], "startDateTime": c["inviteDateTime"],
                      "answerDateTime": c["answerDateTime"], "durationSeconds": 24 + i % 20 + 1}
                     for i, c in enumerate(calls)]
        durations[7]["durationSeconds"] += 40
        del durations[9]
        w.send(*calls)
        upload(w.books, DURATIONS, durations)
        self.assertEqual({r["callDurationSource"] for r in w.rows().values()}, {"microsoft"}, "nothing has been paired yet")
        run(self.x, w.operator["id"], DAY)
        rows = w.rows()
        self.assertEqual(len(rows), 50)
        for i in range(50):
            row, platform = rows[f"c{i}"], 24 + i % 20
            expected = (platform, "microsoft") if i in (7, 9) else (platform + 1, "operator")
            self.assertEqual((row["duration"], row["callDurationSource"]), expected, i)
            self.assertEqual(row["endDateTime"], at(f"11:{i:02}:{6 + row['duration']:02}.000"))
        # A newer version of the call that no run has seen: the pair is not known to agree any more.
        newer = dict(calls[3], version=2, endDateTime=at("11:03:59.400"))
        w.send(newer)
        self.assertEqual((w.rows()["c3"]["duration"], w.rows()["c3"]["callDurationSource"]), (53, "microsoft"))

    def test_pieces_of_one_call_are_summed(self):
        w = self.world("pieces")
        calls, durations = [], []
        for i in range(60):
            seconds = 300 if i % 2 else 50
            calls.append(w.call(f"c{i}", calleeNumber=f"+49406660{i:03}", invite=f"12:{i:02}:00.000",
                                answer=f"12:{i:02}:05.000", end=clock(12 * 3600 + i * 60 + 5 + seconds)))
            for piece, part in enumerate((120, 120, 60) if seconds == 300 else (50,)):
                start = 12 * 3600 + i * 60 + 5 + 120 * piece
                durations.append({"id": f"d{i}-{piece}", "correlationId": f"c{i}@trunk", "callerNumber": "+49305550100",
                                  "calleeNumber": f"+49406660{i:03}", "startDateTime": at(clock(start)),
                                  "answerDateTime": at(clock(start)), "endDateTime": at(clock(start + part)),
                                  "durationSeconds": part})
        w.send(*calls)
        upload(w.books, DURATIONS, durations)
        result = run(self.x, w.operator["id"], DAY)
        self.assertEqual(result["counts"]["agreed"], len(durations), result["counts"])
        rows = w.rows()
        for i in range(60):
            self.assertEqual((rows[f"c{i}"]["duration"], rows[f"c{i}"]["callDurationSource"]),
                             (300 if i % 2 else 50, "operator"))

    def test_who_held_the_number_then(self):
        w = self.world("holder")
        number = "+49305557700"
        answer = w.books.put(f"/operator/v1.0/numbers/{number}", {
            "tenantId": w.tenant["id"], "usage": "CallingUserAssignment", "acquiredCapabilities": ["UserAssignment"]})
        self.assertEqual(answer.status, 201, answer)
        admin = self.x.client(["TeamsTelephoneNumber.ReadWrite.All"], tenant=w.tenant["id"])
        answer = admin.post("/v1.0/admin/teams/telephoneNumberManagement/numberAssignments/assignNumber", {
            "telephoneNumber": number, "assignmentTargetId": w.user["id"], "numberType": "operatorConnect"})
        self.assertEqual(answer.status, 202, answer)
        today = datetime.datetime.now(datetime.timezone.utc).date()
        later, end = (str(today + datetime.timedelta(days=n)) for n in (1, 2))
        w.send(w.call("before", userId=None, callerNumber=number),
               w.call("then", userId=None, callerNumber=number, day=later),
               w.call("foreign", userId="somebody-else", callerNumber=number, day=later),
               w.call("nobody", userId=None, day=later))
        before, after = w.rows(), w.rows(later, end)
        self.assertIsNone(before["before"]["userId"])
        self.assertEqual((after["then"]["userId"], after["then"]["userDisplayName"]), (w.user["id"], "holder-user"))
        self.assertEqual((after["foreign"]["userId"], after["foreign"]["userPrincipalName"]), ("somebody-else", None))
        self.assertEqual((after["nobody"]["userId"], after["nobody"]["usageCountryCode"]), (None, "DE"))

    def test_masking_goes_by_the_organisations_country(self):
        for country, digits in (("DE", 3), ("CH", 4), ("FR", 4), ("US", 0)):
            w = self.world(f"mask-{country}", country=country, user_country="BE", operator_country="NL")
            w.send(w.call("out"), w.call("in", direction="inbound", callerNumber="+33142685300",
                                         calleeNumber="+49305550100"))
            rows = w.rows()
            shown = "+33142685300"[:12 - digits] + "*" * digits
            self.assertEqual((rows["out"]["callerNumber"], rows["out"]["calleeNumber"]), ("+49305550100", shown))
            self.assertEqual((rows["in"]["callerNumber"], rows["in"]["calleeNumber"]), (shown, "+49305550100"))
            self.assertEqual((rows["out"]["usageCountryCode"], rows["out"]["tenantCountryCode"]), ("BE", country))

    def test_only_the_tenants_own(self):
        w, other = self.world("own"), self.world("own-other")
        w.send(w.call("mine"), dict(w.call("theirs"), tenantId=other.tenant["id"]))
        self.assertEqual(set(w.rows()), {"mine"})
        self.assertEqual(set(other.rows()), {"theirs"})
        for path in ("/theirs", "/theirs/sessions", "/theirs/participants_v2"):
            self.assertEqual(w.reader.get(RECORDS + path).status, 404)
            self.assertEqual(w.reader.get(RECORDS + path).json["error"]["message"],
                             w.reader.get(RECORDS + path.replace("theirs", "absent")).json["error"]["message"])


def clock(second):
    return f"{second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}.000"


class CallRecords(ExchangeTest):
    def world(self, name, **more):
        return World(self.x, name, **more)

    def test_a_record_with_sessions_and_segments(self):
        w = self.world("record")
        stream = {"streamId": "s1", "streamDirection": "callerToCallee", "averageJitter": "PT0.016S",
                  "averagePacketLossRate": 0.01, "audioCodec": "pcma"}
        w.send(w.call("c", day=YESTERDAY, mediaStreams=[stream]))
        plain = w.reader.get(f"{RECORDS}/c").json
        self.assertEqual(plain["@odata.context"], f"{self.x.base_url}/v1.0/$metadata#communications/callRecords/$entity")
        self.assertEqual({k: plain[k] for k in ("id", "version", "type", "modalities", "startDateTime", "endDateTime",
                                                "joinWebUrl")},
                         {"id": "c", "version": 1, "type": "peerToPeer", "modalities": ["audio"],
                          "startDateTime": at("10:00:00.000", YESTERDAY), "endDateTime": at("10:01:05.000", YESTERDAY), "joinWebUrl": None})
        self.assertRegex(plain["lastModifiedDateTime"], r"^\d{4}-\d\d-\d\dT[\d:.]+Z$")
        self.assertNotIn("sessions", plain)
        user = {"id": w.user["id"], "displayName": "record-user", "tenantId": w.tenant["id"]}
        phone = {"id": "+33142685***", "displayName": None}
        self.assertEqual(plain["organizer_v2"]["identity"]["user"], user)
        self.assertEqual([p["id"] for p in plain["participants_v2"]], [w.user["id"], "+33142685***"])
        self.assertEqual(plain["participants_v2"][1]["identity"]["phone"], phone)

        whole = w.reader.get(f"{RECORDS}/c?$expand=sessions($expand=segments)").json
        session, = whole["sessions"]
        segment, = session["segments"]
        for part in (session, segment):
            self.assertEqual((part["id"], part["startDateTime"], part["endDateTime"], part["failureInfo"]),
                             ("c", at("10:00:00.000", YESTERDAY), at("10:01:05.000", YESTERDAY), None))
            self.assertEqual(part["caller"]["@odata.type"], "#microsoft.graph.callRecords.participantEndpoint")
            self.assertEqual(part["caller"]["identity"]["user"], user)
            self.assertEqual(part["callee"]["identity"]["phone"], phone)
            self.assertEqual(part["callee"]["associatedIdentity"]["id"], "+33142685***")
        self.assertEqual(session["modalities"], ["audio"])
        media, = segment["media"]
        self.assertEqual(media["label"], "main-audio")
        self.assertEqual({k: media["streams"][0][k] for k in stream}, stream)
        self.assertIsNone(media["streams"][0]["averageRoundTripTime"], "not measured")

        self.assertNotIn("segments", w.reader.get(f"{RECORDS}/c?$expand=sessions").json["sessions"][0])
        self.assertEqual(w.reader.get(f"{RECORDS}/c/sessions?$expand=segments").json["value"], whole["sessions"])
        self.assertEqual(w.reader.get(f"{RECORDS}/c/participants_v2").json["value"], plain["participants_v2"])
        self.assertEqual(w.reader.get(f"{RECORDS}('c')").json, plain)
        self.assertEqual(set(w.reader.get(f"{RECORDS}/c?%24select=id,version").json), {"@odata.context", "id", "version"})
        self.assertNotIn("+33142685300", w.reader.get(f"{RECORDS}/c?$expand=sessions($expand=segments)").body.decode())

    def test_options_that_are_refused(self):
        w = self.world("options")
        w.send(w.call("c"))
        for query in ("$expand=media", "$expand=sessions($expand=media)", "$expand=segments", "$select=nothing",
                      "$filter=id%20eq%20%27c%27"):
            self.assertEqual(w.reader.get(f"{RECORDS}/c?{query}").status, 400, query)
        for query in ("$expand=sessions", "$filter=version%20eq%201", "$filter=startDateTime%20ge%20now", "$top=1001",
                      "$orderby=startDateTime", "$filter=" + "x" * 500):
            self.assertEqual(w.reader.get(f"{RECORDS}?{query}").status, 400, query)

    def test_a_call_that_was_not_answered(self):
        w = self.world("failed")
        w.send(w.call("busy", answer=None, end="10:00:09.000", sipResponseCode=486, q850Cause=17),
               w.call("gone", answer=None, end="10:00:09.000"))
        for name, reason in (("busy", "SIP 486, Q.850 cause 17"), ("gone", "not answered")):
            record = w.reader.get(f"{RECORDS}/{name}?$expand=sessions($expand=segments)").json
            self.assertEqual(record["sessions"][0]["failureInfo"], {"stage": "callSetup", "reason": reason})
            self.assertEqual(record["sessions"][0]["segments"][0]["media"], [])

    def test_a_higher_version_replaces(self):
        w = self.world("version")
        w.send(w.call("c"))
        w.send(w.call("c", version=4, end="10:02:05.000"))
        record = w.reader.get(f"{RECORDS}/c").json
        self.assertEqual((record["version"], record["endDateTime"]), (4, at("10:02:05.000")))
        self.assertEqual(w.rows()["c"]["duration"], 120)

    def test_lists_by_time_and_participant(self):
        w = self.world("list")
        second = self.x.user(w.tenant["id"], "second")
        w.send(*[w.call(f"c{i:03}", invite=f"10:{i // 60:02}:{i % 60:02}.000", answer=None, end="12:00:00.000",
                        userId=second["id"] if i % 10 == 0 else w.user["id"], calleeNumber=f"+331426{i:05}")
                 for i in range(130)])
        page = w.reader.get(RECORDS).json
        self.assertEqual(page["@odata.context"], f"{self.x.base_url}/v1.0/$metadata#communications/callRecords")
        self.assertEqual([r["id"] for r in page["value"]], [f"c{i:03}" for i in range(60)])
        rows, _ = w.reader.pages(RECORDS)
        self.assertEqual([r["id"] for r in rows], [f"c{i:03}" for i in range(130)])

        def listed(text):
            rows, _ = w.reader.pages(f"{RECORDS}?$top=7&$filter=" + urllib.parse.quote(text))
            return [r["id"] for r in rows]

        self.assertEqual(listed(f"startDateTime ge {at('10:01:00.000')} and startDateTime lt {at('10:01:02.000')}"),
                         ["c060", "c061"])
        self.assertEqual(listed(f"startDateTime gt {at('10:02:08.000')}"), ["c129"])
        self.assertEqual(listed(f"startDateTime le {at('10:00:00.000')}"), ["c000"])
        self.assertEqual(listed(f"participants_v2/any(p:p/id eq '{second['id']}')"),
                         [f"c{i:03}" for i in range(0, 130, 10)])
        self.assertEqual(listed("participants_v2/any(p:p/id eq '+33142600***')"), [f"c{i:03}" for i in range(130)])
        self.assertEqual(listed("participants_v2/any(p:p/id eq '+33142600007')"), [], "a masked number is not found by guessing")
        self.assertEqual(listed(f"participants_v2/any(p:p/id eq '{second['id']}') and startDateTime lt {at('10:00:11.000')}"),
                         ["c000", "c010"])
        self.assertEqual(set(w.reader.get(f"{RECORDS}?$select=id&$top=1").json["value"][0]), {"id"})

    def test_roles(self):
        w = self.world("roles")
        w.send(w.call("c"))
        usage = self.x.client(["CallRecord-PstnCalls.Read.All"], tenant=w.tenant["id"])
        records = self.x.client(["CallRecords.Read.All"], tenant=w.tenant["id"])
        self.assertEqual(usage.get(pstn(DAY, DAY)).status, 200)
        self.assertEqual(records.get(pstn(DAY, DAY)).status, 200)
        self.assertEqual(usage.get(f"{RECORDS}/c").status, 403)
        self.assertEqual(records.get(f"{RECORDS}/c").status, 200)


class PastItsTime(unittest.TestCase):
    def test_answers_keep_to_the_policy_before_the_sweep_comes(self):
        with tempfile.NamedTemporaryFile("w", suffix=".yaml") as policy:
            policy.write("retentionDays:\n  callRecords: { default: 20000, CA: 1 }\n  durationRecords: { default: 20000 }\n"
                         "  quality: { default: 20000, FR: 1 }\n  audit: { default: 30 }\n  batches: { default: 30 }\n"
                         "  assignments: { default: 30 }\nmaskedDigits: { default: 0 }\n")
            policy.flush()
            with Exchange({"policyFile": policy.name, "sweepIntervalSeconds": 86400}) as x:
                w = World(x, "past")
                # So that the sweep of the start is over before anything is there.
                eventually(lambda: x.admin.get("/readyz").status == 200)
                gone, short = x.user(w.tenant["id"], "gone", "CA"), x.user(w.tenant["id"], "short", "FR")
                stream = [{"streamId": "s", "averageJitter": "PT0.01S"}]
                w.send(w.call("kept", mediaStreams=stream), w.call("old", userId=gone["id"], mediaStreams=stream),
                       w.call("shorter", userId=short["id"].upper(), mediaStreams=stream))
                self.assertEqual(set(w.rows()), {"kept", "shorter"})
                self.assertEqual({r["id"] for r in w.reader.get(RECORDS).json["value"]}, {"kept", "shorter"})
                self.assertEqual(w.reader.get(f"{RECORDS}/old").status, 404)
                for name, media in (("kept", 1), ("shorter", 0)):
                    record = w.reader.get(f"{RECORDS}/{name}?$expand=sessions($expand=segments)").json
                    self.assertEqual(len(record["sessions"][0]["segments"][0]["media"]), media, name)


if __name__ == "__main__":
    unittest.main()
