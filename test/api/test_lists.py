"""What all lists have in common: their order, their pages, and what they say of options that they do not have."""
import unittest
import urllib.parse

from harness import ExchangeTest
from records import DURATIONS, OWN_CALLS, CALLS, call, duration, send

O, P = "/operator/v1.0/", "/platform/v1.0/"
GRAPH_NUMBERS = "/v1.0/admin/teams/telephoneNumberManagement/numberAssignments"
PSTN = "/v1.0/communications/callRecords/getPstnCalls(fromDateTime=2026-03-01,toDateTime=2026-03-20)"
TERMS = {"usage": "CallingUserAssignment", "acquiredCapabilities": ["UserAssignment"]}


class Lists(ExchangeTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        x = cls.x
        names = ["delta", "alpha", "charlie", "bravo", "bravo"]
        cls.operators = [x.operator(name) for name in names]
        for name in names:
            x.tenant_(name)
        cls.operator = cls.operators[0]
        cls.tenant = x.tenant_("tenant")
        x.consent(cls.tenant["id"], cls.operator["id"])
        for i, name in enumerate(names):
            answer = x.admin.post(f"{P}tenants/{cls.tenant['id']}/users", {
                "userPrincipalName": f"u{i}@users.example", "displayName": name, "country": "DE"})
            assert answer.status == 201, answer
        cls.client = x.client(["NumberManagement.Write", "Data.Write", "Data.Read", "PartnerSettings.Read"],
                              operator=cls.operator["id"])
        cls.admin = x.client(["TeamsTelephoneNumber.ReadWrite.All", "CallRecords.Read.All"], tenant=cls.tenant["id"])
        for n in range(5):
            answer = cls.client.put(f"{O}numbers/+4930200{n}", {"tenantId": cls.tenant["id"], **TERMS})
            assert answer.status == 201, answer
            cls.client.post(f"{O}numberOrders", {"type": "release", "numbers": [{"telephoneNumber": "+49409"}]})
            assert send(cls.client, [duration(n)]).status == 201
        assert send(cls.client, [duration(n, 77) for n in range(5)]).json["conflicts"] == 5
        answer = send(x.admin, [call(n, cls.operator, cls.tenant, callerNumber="+49302000") for n in range(5)], CALLS)
        assert answer.json["accepted"] == 5, answer
        answer = send(x.admin, [call(n, cls.operator, cls.tenant, callerNumber="+49302001") for n in range(5)], CALLS)
        assert answer.json["conflicts"] == 5, answer

    def lists(self):
        """Of each list: who reads it, its path, and the property by which it can be ordered."""
        tenant = self.tenant["id"]
        return [
            (self.x.admin, P + "operators", "displayName"), (self.x.admin, P + "tenants", "displayName"),
            (self.x.admin, f"{P}tenants/{tenant}/users", "displayName"), (self.x.admin, P + "clients", None),
            (self.x.admin, P + "consents", None), (self.x.admin, P + "numbers", "telephoneNumber"),
            (self.x.admin, P + "numberOrders", "createdDateTime"), (self.x.admin, P + "callRecords", "inviteDateTime"),
            (self.x.admin, P + "callDurations", "startDateTime"),
            (self.x.admin, P + "callRecords/batches", "receivedDateTime"),
            (self.x.admin, P + "callDurations/batches", "receivedDateTime"),
            (self.x.admin, P + "callDurations/conflicts", None), (self.x.admin, P + "callRecords/conflicts", None),
            (self.x.admin, P + "reconciliations", "day"),
            (self.client, O + "numbers", "telephoneNumber"), (self.client, O + "numberOrders", "createdDateTime"),
            (self.client, DURATIONS, "startDateTime"), (self.client, DURATIONS + "/batches", "receivedDateTime"),
            (self.client, DURATIONS + "/conflicts", None), (self.client, OWN_CALLS, "inviteDateTime"),
            (self.client, O + "reconciliations", "day"), (self.client, O + "consents", None),
            (self.admin, GRAPH_NUMBERS, "telephoneNumber"), (self.admin, "/v1.0/operatorConnect/consents", None),
        ]

    def test_every_list_has_a_row_here(self):
        document = self.x.anonymous().get("/openapi.json").json
        listed = {path for path, item in document["paths"].items() if "get" in item and any(
            p["name"] == "$filter" for p in item["get"]["parameters"])}
        rows = {path.replace(self.tenant["id"], "{id}") for _, path, _ in self.lists()}
        # Of a single day, and of Graph, which has no order to choose: tested below.
        others = {path for path in listed if path.endswith("/discrepancies")} | {"/v1.0/communications/callRecords"}
        self.assertEqual(listed - others, rows)

    def test_orders(self):
        for client, path, order in self.lists():
            with self.subTest(path):
                if order is None:
                    answer = self.expect(client.get(f"{path}?$orderby=id"), 400, "invalidRequest", "$orderby")
                    self.assertIn("one order only", answer.json["error"]["message"])
                    continue
                up, _ = client.pages(f"{path}?$orderby={order}&$top=2")
                down, _ = client.pages(f"{path}?$orderby={order}%20desc&$top=2")
                whole, _ = client.pages(f"{path}?$orderby={order}%20asc")
                unordered, _ = client.pages(path)
                keys = [v[order] for v in up]
                self.assertEqual(keys, sorted(keys))
                self.assertEqual(up, whole)
                self.assertEqual(up, down[::-1])
                self.assertCountEqual([str(v) for v in up], [str(v) for v in unordered])
                for wrong in ("id", f"{order}%20up", f"{order},id", f"{order}%20desc%20asc", "%20"):
                    answer = self.expect(client.get(f"{path}?$orderby={wrong}"), 400, "invalidRequest", "$orderby")
                    self.assertIn(order, answer.json["error"]["message"])

    def test_names_in_order(self):
        for path in ("operators", f"tenants/{self.tenant['id']}/users"):
            values, _ = self.x.admin.pages(f"{P}{path}?$orderby=displayName&$top=1")
            self.assertEqual([v["displayName"] for v in values], ["alpha", "bravo", "bravo", "charlie", "delta"])
            self.assertEqual(len({v["id"] for v in values}), 5)
        # The list's own order is that of making.
        values, _ = self.x.admin.pages(P + "operators")
        self.assertEqual([v["id"] for v in values], [o["id"] for o in self.operators])

    def test_a_name_of_any_length_is_a_place(self):
        long = ["ü" * 120 + str(n) for n in range(3)]
        for name in long:
            self.x.tenant_(name, "long.example")
        values, _ = self.x.admin.pages(P + "tenants?$orderby=displayName%20desc&$top=1")
        self.assertEqual([v["displayName"] for v in values][:3], long[::-1])

    def test_common_options(self):
        for client, path, _ in self.lists():
            with self.subTest(path):
                whole, _ = client.pages(path)
                answer = self.expect(client.get(f"{path}?$top=1&$count=true"), 200).json
                self.assertEqual(answer["@odata.count"], len(whole))
                self.assertEqual("@odata.nextLink" in answer, len(whole) > 1)
                for name, value in (("$top", "0"), ("$top", "x"), ("$top", "-1"), ("$top", "100000"),
                                    ("$count", "yes"), ("$select", "nothing"), ("$filter", "nothing eq 1"),
                                    ("$filter", "id eq"), ("$search", "x")):
                    answer = client.get(f"{path}?{name}={urllib.parse.quote(value)}")
                    self.expect(answer, 400, "invalidRequest")
                    self.assertIn(answer.json["error"]["target"], (name, "query"))
                if whole:
                    self.assertEqual(client.get(f"{path}?$select=*&$top=1").json["value"], whole[:1])
                    first = next(iter(whole[0]))
                    self.assertEqual(client.get(f"{path}?$select={first}&$top=1").json["value"],
                                     [{first: whole[0][first]}])

    def test_long_options_fit_into_links(self):
        ids = ["\U0001d4b3" * 127 + str(n) for n in range(2)]
        assert send(self.client, [duration(n, prefix="", id=i) for n, i in enumerate(ids)]).json["accepted"] == 2
        for name in ids:
            target = DURATIONS + "?$filter=" + urllib.parse.quote(f"id eq '{name}'")
            self.assertEqual([v["id"] for v in self.client.get(target).json["value"]], [name])
        names = ",".join(self.client.get(OWN_CALLS + "?$top=1").json["value"][0])
        where = " and ".join([f"operatorId eq '{self.operator['id']}'", f"tenantId eq '{self.tenant['id']}'",
                              "inviteDateTime ge 2026-03-10T00:00:00Z", "inviteDateTime lt 2026-03-11T00:00:00Z"])
        values, _ = self.client.pages(f"{OWN_CALLS}?$top=2&$select={names}&$filter={urllib.parse.quote(where)}")
        self.assertEqual(len(values), 5)
        for client, path, _ in self.lists():
            answer = client.get(f"{path}?$filter=" + urllib.parse.quote("id eq '" + "x" * 2000 + "'"))
            self.expect(answer, 400, "invalidRequest", "$filter")

    # --- Prefer: odata.maxpagesize -------------------------------------------------

    def test_a_preferred_page_size(self):
        everything = self.lists() + [(self.admin, PSTN, None), (self.admin, "/v1.0/communications/callRecords", None),
                                     (self.client, O + "numbers/delta", None), (self.client, OWN_CALLS + "/delta", None),
                                     (self.client, O + "consents/delta", None)]
        for client, path, _ in everything:
            with self.subTest(path):
                whole = client.get(path).json["value"]
                answer = client.get(path, headers={"Prefer": "odata.maxpagesize=2"})
                self.assertEqual(answer.headers["preference-applied"], "odata.maxpagesize=2")
                values, target = answer.json["value"], answer
                self.assertEqual(len(values), min(2, len(whole)))
                while "@odata.nextLink" in target.json:  # the page size stands in the link
                    target = client.get(target.json["@odata.nextLink"])
                    self.assertLessEqual(len(target.json["value"]), 2)
                    values += target.json["value"]
                    self.assertNotIn("preference-applied", target.headers)
                self.assertEqual(values, whole)

    def test_the_smaller_of_the_two_is_the_page(self):
        def page(query, preference):
            answer = self.client.get(f"{O}numbers{query}", headers={"Prefer": preference})
            return len(answer.json["value"]), answer.headers.get("preference-applied")

        self.assertEqual(page("?$top=3", "odata.maxpagesize=2"), (2, "odata.maxpagesize=2"))
        self.assertEqual(page("?$top=2", "odata.maxpagesize=4"), (2, "odata.maxpagesize=2"))
        self.assertEqual(page("", "odata.maxpagesize=5000"), (5, "odata.maxpagesize=1000"))
        self.assertEqual(page("", 'return=minimal, odata.MaxPageSize="1" ; x'), (1, "odata.maxpagesize=1"))
        self.assertEqual(page("", "maxpagesize=3"), (3, "odata.maxpagesize=3"))
        # What cannot be understood is passed over.
        for nonsense in ("odata.maxpagesize=0", "odata.maxpagesize=x", "odata.maxpagesize", "odata.maxpagesize=-1",
                         "respond-async", ",;=,"):
            self.assertEqual(page("", nonsense), (5, None), nonsense)

    def test_a_preference_holds_on_a_later_page(self):
        answer = self.client.get(f"{O}numbers?$top=4").json
        answer = self.client.get(answer["@odata.nextLink"], headers={"Prefer": "odata.maxpagesize=1"})
        self.assertEqual((len(answer.json["value"]), answer.headers["preference-applied"]), (1, "odata.maxpagesize=1"))

    # --- single ones ---------------------------------------------------------------

    def test_one_of_a_list_takes_select(self):
        user = self.x.admin.get(f"{P}tenants/{self.tenant['id']}/users?$top=1").json["value"][0]["id"]
        tenant, operator = self.tenant["id"], self.operator["id"]
        number = self.admin.get(f"{GRAPH_NUMBERS}?$top=1").json["value"][0]["id"]
        for client, path, name in (
                (self.x.admin, f"{P}operators/{operator}", "country"), (self.x.admin, f"{P}tenants/{tenant}", "country"),
                (self.x.admin, f"{P}tenants/{tenant}/users/{user}", "displayName"),
                (self.x.admin, f"{P}consents/{tenant}/{operator}", "status"),
                (self.x.admin, f"{P}numbers/+49302001", "operatorId"), (self.client, f"{O}numbers/+49302001", "tenantId"),
                (self.client, f"{O}consents/{tenant}", "status"), (self.client, f"{DURATIONS}/d1", "durationSeconds"),
                (self.client, f"{OWN_CALLS}/c1", "trunk"), (self.admin, f"{GRAPH_NUMBERS}/{number}", "telephoneNumber"),
                (self.admin, f"/v1.0/operatorConnect/consents/{operator}", "status")):
            with self.subTest(path):
                whole = self.expect(client.get(path), 200).json
                self.assertEqual(client.get(f"{path}?$select={name}").json, {name: whole[name]})
                self.expect(client.get(f"{path}?$select=nothing"), 400, "invalidRequest", "$select")

    def test_an_option_that_a_route_does_not_have(self):
        batch = self.client.get(DURATIONS + "/batches?$top=1").json["value"][0]["id"]
        for client, path in ((self.client, f"{O}numbers/+49302001"), (self.client, f"{DURATIONS}/batches/{batch}"),
                             (self.client, f"{O}numbers/delta"), (self.admin, PSTN), (self.x.admin, P + "operators")):
            self.expect(client.get(f"{path}?$selct=id"), 400, "invalidRequest", "query")
            self.expect(client.get(f"{path}?traceparent=1"), 200)

    # --- links -----------------------------------------------------------------------

    def test_a_link_of_one_list_is_refused_by_another(self):
        links = {}
        for client, path, _ in self.lists():
            link = client.get(path + "?$top=1").json.get("@odata.nextLink")
            if link:
                links[client, path] = link[link.index("?"):]
        self.assertGreater(len(links), 12)
        for kind in ("callRecords", "callDurations"):
            self.assertIn((self.x.admin, f"{P}{kind}/conflicts"), links)
        for (client, path), query in links.items():
            for other, target, _ in self.lists():
                with self.subTest(f"{path} at {target}"):
                    answer = other.get(target + query)
                    if (other, target) == (client, path):
                        self.expect(answer, 200)
                    else:
                        self.assertIn(answer.status, (400, 404), answer)


if __name__ == "__main__":
    unittest.main()
