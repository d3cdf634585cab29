"""What the description of the API promises, held against what the exchange answers; and the edges of what it takes."""
import re
import socket
import unittest
import urllib.parse
import uuid

from harness import Client, ExchangeTest, eventually
from records import CALLS, CSV, DURATIONS, OWN_CALLS, call, counts, duration, send

P, O, G = "/platform/v1.0", "/operator/v1.0", "/v1.0"
NUMBERS = O + "/numbers"
ASSIGNMENTS = G + "/admin/teams/telephoneNumberManagement/numberAssignments"
GRAPH_CALLS = G + "/communications/callRecords"
DAY = "2026-03-10"
CAPABILITIES = ("UserAssignment", "FirstPartyAppAssignment", "ConferenceAssignment", "InboundCalling",
                "OutboundCalling", "TollFree", "Mobile", "Geographic", "Office365")
USAGES = ("CallingUserAssignment", "FirstPartyAppAssignment", "ConferenceAssignment", "ThirdPartyAppAssignment")


def references(value):
    """Every $ref below a value."""
    if isinstance(value, dict):
        if "$ref" in value:
            yield value["$ref"]
        value = list(value.values())
    if isinstance(value, list):
        for one in value:
            yield from references(one)


def misfits(document, schema, value, place="body"):
    """Where a value is not what a schema says, as texts."""
    if "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
        if value is None:
            return []  # a reference cannot say that it may be null
    if value is None:
        return [] if schema.get("nullable") else [f"{place} is null"]
    kinds = {"string": str, "integer": int, "number": (int, float), "boolean": bool, "object": dict, "array": list}
    kind = schema["type"]
    if not isinstance(value, kinds[kind]) or (isinstance(value, bool) and kind != "boolean"):
        return [f"{place} is no {kind}"]
    if kind == "array":
        return [m for n, one in enumerate(value) for m in misfits(document, schema["items"], one, f"{place}[{n}]")]
    if kind == "object" and "properties" in schema:
        known = schema["properties"]
        found = [f"{place}.{name} is not described" for name in value
                 if name not in known and not name.startswith("@odata.")]
        return found + [m for name, one in value.items() if name in known
                        for m in misfits(document, known[name], one, f"{place}.{name}")]
    return []


class Contract(ExchangeTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        x = cls.x
        cls.op, cls.other = x.operator("op-1"), x.operator("op-2")
        cls.tenant, cls.stranger = x.tenant_("ten-1"), x.tenant_("ten-2", country="FR")
        cls.user = x.user(cls.tenant["id"], "ada")
        x.consent(cls.tenant["id"], cls.op["id"], ["DE"])
        cls.operator = x.client(["NumberManagement.Write", "PartnerSettings.Read", "Data.Read", "Data.Write"],
                                operator=cls.op["id"])
        cls.graph = x.client(["TeamsTelephoneNumber.ReadWrite.All", "CallRecords.Read.All",
                              "CallRecord-PstnCalls.Read.All"], tenant=cls.tenant["id"])
        cls.order = {"tenantId": cls.tenant["id"], "usage": USAGES[0], "acquiredCapabilities": ["UserAssignment"]}
        cls.document = x.anonymous().get("/openapi.json").json

    def judged(self, client, target):
        """The answer of a GET, which is as its schema says."""
        answer = client.get(target)
        self.assertEqual(answer.status, 200, (target, answer))
        path = urllib.parse.unquote(urllib.parse.urlsplit(target).path)
        pattern = next(p for p in sorted(self.document["paths"], key=lambda p: (p.count("{"), p))
                       if re.fullmatch("[^/]+".join(re.escape(part) for part in re.split(r"\{\w+\}", p)), path))
        content = self.document["paths"][pattern]["get"]["responses"]["200"]["content"]
        schema = content["application/json"]["schema"]
        self.assertEqual(misfits(self.document, schema, answer.json), [], (target, pattern))
        return answer

    # --- the description -------------------------------------------------------------

    def test_documents_are_whole(self):
        faces = [self.x.anonymous().get(f"/openapi/{face}.json").json
                 for face in ("graph", "operator", "platform", "privacy")]
        for document in [self.document] + faces:
            for ref in set(references(document)):
                self.assertIn(ref.rsplit("/", 1)[1], document["components"]["schemas"])
            for path, operations in document["paths"].items():
                for method, operation in operations.items():
                    named = {p["name"] for p in operation["parameters"] if p["in"] == "path"}
                    self.assertEqual(named, set(re.findall(r"\{(\w+)\}", path)), path)
                    for status, response in operation["responses"].items():
                        self.assertTrue("content" in response or status in ("202", "204", "308"), (method, path, status))
        self.assertEqual(sum(len(f["paths"]) for f in faces) + sum(
            "open" in o["tags"] for p in self.document["paths"].values() for o in [next(iter(p.values()))]) +
            ("/metrics" in self.document["paths"] and all("/metrics" not in f["paths"] for f in faces)),
            len(self.document["paths"]))

    def test_uploads_are_described_in_every_format(self):
        for path in (DURATIONS, CALLS):
            content = self.document["paths"][path]["post"]["requestBody"]["content"]
            self.assertEqual(sorted(content), ["application/json", "application/x-ndjson", "text/csv"])

    def test_answers_are_as_described(self):
        self.assertIn(self.operator.put(NUMBERS + "/+4930700001", self.order).status, (200, 201))
        records = [call(n, self.op, self.tenant, "s", userId=self.user["id"]) for n in range(3)]
        records[0]["mediaStreams"] = [{"streamId": "1", "averageJitter": "PT0.012S", "averagePacketLossRate": 0.01}]
        self.assertEqual(counts(send(self.x.admin, records, CALLS))[0], 3)
        send(self.operator, [duration(1, prefix="s"), {"id": "s-bad"}])
        send(self.operator, [duration(1, 99, prefix="s")])
        self.assertEqual(self.operator.post(O + "/numberOrders", dict(self.order, type="provision", numbers=[
            {"telephoneNumber": "+4930700002"}, {"telephoneNumber": "x"}])).status, 202)
        order = self.operator.get(O + "/numberOrders").json["value"][0]["id"]
        batch = self.operator.get(DURATIONS + "/batches").json["value"][0]["id"]
        tenant, op, user = self.tenant["id"], self.op["id"], self.user["id"]
        for target in (P + "/operators", f"{P}/operators/{op}", P + "/tenants", f"{P}/tenants/{tenant}",
                       f"{P}/tenants/{tenant}/users", f"{P}/tenants/{tenant}/users/{user}", P + "/clients",
                       P + "/consents", f"{P}/consents/{tenant}/{op}", CALLS + "?$expand=mediaStreams",
                       CALLS + "/s0?$expand=mediaStreams", CALLS + "/batches", CALLS + "/conflicts",
                       P + "/callDurations", P + "/callDurations/conflicts", P + "/reconciliations",
                       P + "/numbers", P + "/numbers/+4930700001", P + "/numberOrders", f"{P}/numberOrders/{order}",
                       P + "/callDurations/batches", f"{P}/callDurations/batches/{batch}"):
            self.judged(self.x.admin, target)
        for target in (NUMBERS, NUMBERS + "/+4930700001", NUMBERS + "/delta", O + "/numberOrders",
                       f"{O}/numberOrders/{order}", O + "/consents", O + "/consents/delta", f"{O}/consents/{tenant}",
                       OWN_CALLS + "?$expand=mediaStreams", OWN_CALLS + "/delta", OWN_CALLS + "/s0", DURATIONS,
                       DURATIONS + "/s1", DURATIONS + "/batches", f"{DURATIONS}/batches/{batch}",
                       DURATIONS + "/conflicts", O + f"/qualitySummary?day={DAY}", O + "/reconciliations"):
            self.judged(self.operator, target)
        for target in (ASSIGNMENTS, G + "/operatorConnect/consents", GRAPH_CALLS, GRAPH_CALLS + "/s0",
                       GRAPH_CALLS + "/s0?$expand=sessions($expand=segments)", GRAPH_CALLS + "/s0/sessions",
                       GRAPH_CALLS + f"/getPstnCalls(fromDateTime={DAY},toDateTime=2026-03-11)"):
            self.judged(self.graph, target)
        officer = self.x.client(["Privacy.Officer"])
        for name in ("retentionPolicies", "auditEvents", "statement"):
            self.judged(officer, "/privacy/v1.0/" + name)

    # --- who ------------------------------------------------------------------------------

    def test_platform_roles_include_each_other(self):
        reader, writer = self.x.client(["Platform.Read"]), self.x.client(["Platform.Write"])
        consent = f"{P}/consents/{self.tenant['id']}/{self.op['id']}"
        party = {"displayName": "r", "country": "DE"}
        for method, path, body, status in (
                ("GET", P + "/clients", None, (200, 200)), ("GET", consent, None, (200, 200)),
                ("POST", CALLS, [], (403, 201)),
                ("POST", P + "/tenants", dict(party, defaultDomain="roles.example"), (403, 201)),
                ("POST", P + "/operators", party, (403, 403)), ("PUT", consent, {}, (403, 403)),
                ("PATCH", f"{P}/operators/{self.op['id']}", party, (403, 403)),
                ("POST", P + "/clients", {"displayName": "x", "roles": ["Platform.Read"]}, (403, 403))):
            for client, expected in zip((reader, writer), status):
                self.assertEqual(client.request(method, path, json_body=body).status, expected, (method, path))

    def test_a_removed_client_is_out_at_once(self):
        made = self.x.admin.post(P + "/clients", {"displayName": "c", "roles": ["Data.Read"],
                                                  "operatorId": self.op["id"]}).json
        client = Client(self.x, made["clientId"], made["clientSecret"]).sign_in()
        self.assertEqual(client.get(OWN_CALLS).status, 200)
        gone = self.x.admin.delete(P + "/clients/" + made["id"])
        self.assertEqual((gone.status, gone.body), (204, b""))
        eventually(lambda: client.get(OWN_CALLS).status == 401, 10, "the end of the token")
        self.assertEqual(self.x.admin.delete(P + "/clients/" + made["id"]).status, 404)

    def test_a_tenants_client_signs_in_at_its_own_address_only(self):
        for tenant, status in ((self.tenant["id"].upper(), 200), ("TEN-1.example", 200), ("common", 200),
                               (self.stranger["id"], 401), ("ten-2.example", 401), ("nowhere.example", 401)):
            answer = self.x.anonymous().post(f"/{tenant}/oauth2/v2.0/token", body=urllib.parse.urlencode({
                "grant_type": "client_credentials", "client_id": self.graph.client_id,
                "client_secret": self.graph.secret}).encode(),
                headers={"Content-Type": "application/x-www-form-urlencoded"})
            self.assertEqual(answer.status, status, (tenant, answer))
            if status != 200:
                self.assertEqual(answer.json["error"], "invalid_client")

    # --- numbers --------------------------------------------------------------------------

    def test_every_usage_and_capability(self):
        path = NUMBERS + "/+4930700010"
        for change in [{"usage": u} for u in USAGES] + [{"acquiredCapabilities": [c]} for c in CAPABILITIES]:
            answer = self.operator.put(path, dict(self.order, **change))
            self.assertIn(answer.status, (200, 201), change)
            for name, value in change.items():
                self.assertEqual(answer.json[name], value)
        for change in ({"usage": "Calling"}, {"acquiredCapabilities": ["Calling"]}, {"tenantId": None},
                       {"acquiredCapabilities": "UserAssignment"}, {"allowTenantAddressUpdate": "yes"}):
            self.assertEqual(self.operator.put(path, dict(self.order, **change)).status, 400, change)
        self.assertEqual(self.operator.delete(path).status, 204)
        self.assertEqual(self.operator.delete(path).status, 404)

    def test_actions_in_the_spelling_of_generated_clients(self):
        number = {"telephoneNumber": "+4930700020", "numberType": "operatorConnect"}
        self.assertEqual(self.operator.put(NUMBERS + "/+4930700020", self.order).status, 201)
        for action, more in (("assignNumber", {"assignmentTargetId": self.user["id"],
                                               "assignmentCategory": "primary"}), ("unassignNumber", {})):
            answer = self.graph.post(f"{ASSIGNMENTS}/microsoft.graph.teamsAdministration.{action}",
                                     dict(number, **more))
            self.assertEqual((answer.status, answer.body), (202, b""))
            self.assertNotIn("content-type", answer.headers)
            self.assertEqual(self.graph.get(answer.headers["location"]).json["status"], "succeeded")

    # --- records ---------------------------------------------------------------------------

    def taken(self, **members):
        record = {k: v for k, v in {**duration(1, prefix=uuid.uuid4().hex), **members}.items() if v is not ...}
        answer = send(self.operator, [record])
        self.assertEqual(answer.status, 201, answer)
        return record["id"] if answer.json["accepted"] else None

    def test_times(self):
        for digits in range(8):
            fraction = "." + "1234567"[:digits] if digits else ""
            shown = self.operator.get(f"{DURATIONS}/{self.taken(startDateTime=f'{DAY}T10:00:00{fraction}Z')}").json
            self.assertEqual(shown["startDateTime"], f"{DAY}T10:00:00.{'1234567'[:min(digits, 3)]:0<3}Z")
        for offset, utc in (("+02:00", DAY + "T08:00:00.000Z"), ("-05:30", DAY + "T15:30:00.000Z"),
                            ("+14:00", "2026-03-09T20:00:00.000Z")):
            shown = self.operator.get(f"{DURATIONS}/{self.taken(startDateTime=f'{DAY}T10:00:00{offset}')}").json
            self.assertEqual(shown["startDateTime"], utc)
        for wrong in (DAY + "T10:00:00", "2026-02-29T10:00:00Z", DAY + "T24:00:00Z", DAY + "T10:60:00Z", DAY, "",
                      DAY + "T10:00:00.12345678Z", DAY + "T10:00:00+25:00", DAY + "T10:00:00.Z", 1773136800):
            self.assertIsNone(self.taken(startDateTime=wrong), wrong)
        shown = self.operator.get(f"{DURATIONS}/{self.taken(endDateTime='0001-01-01T00:00:00Z')}").json
        self.assertIsNone(shown["endDateTime"])
        self.assertIsNone(self.taken(startDateTime="0001-01-01T00:00:00Z"))
        self.assertTrue(self.taken(startDateTime=..., endDateTime=DAY + "T10:00:00Z"))

    def test_edges_of_other_members(self):
        for name, good, wrong in (
                ("durationSeconds", (0, 0.001, 1e2, 2678400), (-1, 2678400.001, "30", None, True, ...)),
                ("callerNumber", ("anonymous", "+12345", "+123456789012345"),
                 ("+1234", "+1234567890123456", "4930900010", "+0930900010", "", None, 4930900010)),
                ("calleeNumber", ("+12345",), ("anonymous", "+1234", ...)),
                ("direction", ("inbound", "outbound", None), ("sideways",)),
                ("releasedBy", ("caller", "callee"), ("nobody",)),
                ("sipResponseCode", (200, 487), (99, 700, 200.5)), ("q850Cause", (16, 127), (128, -1)),
                ("sequence", (0,), (-1,)), ("operatorId", (self.op["id"].upper(),), (self.other["id"],)),
                ("unheardOf", ({"a": [1]},), ())):
            for value in good:
                self.assertIsNotNone(self.taken(**{name: value}), (name, value))
            for value in wrong:
                self.assertIsNone(self.taken(**{name: value}), (name, value))

    def test_ids(self):
        for good in ("x", "x" * 128, "a b/\u00fc?%", "\u00fc" * 128):
            self.assertEqual(self.taken(id=good), good)
            shown = self.operator.get(f"{DURATIONS}/{urllib.parse.quote(good, safe='')}")
            self.assertEqual(shown.json["id"], good)
        for wrong in ("", "y" * 129, "\u00fc" * 129, "a\nb", "a\x7fb", 7):
            self.assertIsNone(self.taken(id=wrong), wrong)

    def test_tables_in_every_guise(self):
        header = b"id,callerNumber,calleeNumber,startDateTime,durationSeconds"
        row = lambda n, more=b"": b"table%d,+4930900010,+4989900020,2026-03-10T10:00:00Z,30%s" % (n, more)
        for body, expected in (
                (b"\xef\xbb\xbf" + header + b"\n" + row(1), (1, 1)), (header + b"\r\n" + row(2) + b"\r\n", (1, 1)),
                (header + b"\n\n" + row(3) + b"\n\n", (1, 1)), (header + b"\n", (0, 0)),
                (header + b",trunk,unheardOf\n" + row(4, b",,x") + b"\n", (1, 1)),
                (header + b"\n" + row(5, b",x") + b"\n" + row(6) + b"\nfew,cells\n", (3, 1)),
                (header + b"\n" + row(7).replace(b",30", b",3e1"), (1, 0)),
                (header + b"\n" + row(8) + b"\x00\n" + row(9).replace(b"table", b"t\xff"), (2, 0))):
            answer = self.operator.post(DURATIONS, body=body, headers=CSV)
            self.assertEqual((answer.status, counts(answer)[:2]), (201, expected), body)
        for body in (b"", row(10), header + b",id\n", header.replace(b",", b";"), header + b'\n"open'):
            self.assertEqual(self.operator.post(DURATIONS, body=body, headers=CSV).status, 400, body)

    def test_media_streams_may_be_selected(self):
        record = call(1, self.op, self.tenant, "m", mediaStreams=[{"streamId": "1", "averageJitter": "PT0.01S"}])
        self.assertEqual(send(self.x.admin, [record], CALLS).json["accepted"], 1)
        for query, names in (("$select=id,mediaStreams", ["id", "mediaStreams"]),
                             ("$expand=mediaStreams&$select=id", ["id", "mediaStreams"]),
                             ("$select=id", ["id"]), ("$select=mediaStreams", ["mediaStreams"])):
            self.assertEqual(sorted(self.operator.get(f"{OWN_CALLS}/m1?{query}").json), names, query)
        page = self.operator.get(OWN_CALLS + "/delta?$select=id,mediaStreams&$top=1").json
        self.assertEqual(sorted(page["value"][0]), ["id", "mediaStreams"])
        following = self.operator.get(page.get("@odata.nextLink") or page["@odata.deltaLink"]).json
        for shown in following["value"]:
            self.assertEqual(sorted(shown), ["id", "mediaStreams"])
        self.assertEqual(self.operator.get(DURATIONS + "?$select=mediaStreams").status, 400)

    def test_the_platform_sees_every_operators_conflicts(self):
        other = self.x.client(["Data.Write"], operator=self.other["id"])
        for client in (self.operator, other):
            send(client, [duration(1, prefix="conflict")])
            self.assertEqual(send(client, [duration(1, 31, prefix="conflict")]).json["conflicts"], 1)
        shown, _ = self.x.admin.pages(P + "/callDurations/conflicts?$top=1")
        self.assertEqual({c["operatorId"] for c in shown if c["recordId"] == "conflict1"},
                         {self.op["id"], self.other["id"]})
        calls, _ = self.x.admin.pages(CALLS + "/conflicts")
        self.assertNotIn("conflict1", [c["recordId"] for c in calls])

    # --- the wire --------------------------------------------------------------------------

    def raw(self, head, body=b""):
        plain = socket.create_connection(("127.0.0.1", self.x.port), timeout=20)
        with self.x.tls.wrap_socket(plain, server_hostname="127.0.0.1") as s:
            s.sendall(head.encode() + b"\r\n\r\n" + body)
            answer = b""
            while chunk := s.recv(65536):
                answer += chunk
            return answer

    def test_two_lengths_are_refused_in_the_shape_of_every_error(self):
        head = (f"POST {DURATIONS} HTTP/1.1\r\nHost: 127.0.0.1:{self.x.port}\r\n"
                f"Authorization: Bearer {self.operator.token}\r\nContent-Type: application/x-ndjson\r\n")
        for more, body in (("Content-Length: 5\r\nTransfer-Encoding: chunked", b"0\r\n\r\n"),
                           ("Content-Length: 5\r\nContent-Length: 6", b"hello"),
                           ("Transfer-Encoding: gzip, chunked", b"0\r\n\r\n")):
            answer = self.raw(head + more, body)
            self.assertTrue(answer.startswith(b"HTTP/1.1 400 "), answer[:80])
            self.assertIn(b'{"error":{"code":"invalidRequest"', answer)
            self.assertIn(b"request-id: ", answer)


if __name__ == "__main__":
    unittest.main()
