"""A tenant's numbers on the Graph face: list, assign, unassign, update, ask for release."""
import random
import threading
import urllib.parse
import uuid

from test_numbers import ACTIONS, N, World

ROOT = "/v1.0/admin/teams/telephoneNumberManagement"
LIST = ROOT + "/numberAssignments"
APP_NUMBER = {"usage": "FirstPartyAppAssignment", "acquiredCapabilities": ["FirstPartyAppAssignment", "InboundCalling"]}
BRIDGE_NUMBER = {"usage": "ConferenceAssignment", "acquiredCapabilities": ["ConferenceAssignment", "TollFree"]}


class Assignments(World):
    def current(self, i):
        found = self.customer.get(f"{LIST}?$filter=telephoneNumber%20eq%20'{self.number(i)}'").json["value"]
        self.assertEqual(len(found), 1)
        return found[0]

    def test_a_number_as_graph_shows_it(self):
        self.provision(1)
        shown = self.current(1)
        self.assertEqual(shown, {
            "id": shown["id"], "telephoneNumber": self.number(1), "operatorId": self.op["id"],
            "numberType": "operatorConnect", "activationState": "activated", "capabilities": ["userAssignment"],
            "assignmentStatus": "unassigned", "assignmentTargetId": None, "assignmentCategory": None,
            "locationId": None, "civicAddressId": None, "networkSiteId": None, "isoCountryCode": "DE", "city": None,
            "numberSource": "online", "portInStatus": None, "supportedCustomerActions": ["release"],
            "reverseNumberLookupOptions": []})
        self.assertEqual(self.customer.get(f"{LIST}/{shown['id']}").json, shown)
        self.assertEqual(self.customer.get(f"{LIST}('{shown['id']}')").json, shown)
        for absent in ("nonsense", shown["id"][:-2], shown["id"] + "AA"):
            self.expect(self.customer.get(f"{LIST}/{absent}"), 404)

    def test_assign_and_the_operation_that_tells_of_it(self):
        self.provision(1)
        for prefix in ("", "microsoft.graph.teamsAdministration."):
            answer = self.expect(self.customer.post(f"{LIST}/{prefix}assignNumber", {
                "telephoneNumber": self.number(1), "assignmentTargetId": self.user["id"].upper(),
                "numberType": "operatorConnect", "assignmentCategory": "private", "@odata.type": "#x"}), 202)
            self.assertEqual(answer.body, b"")
            self.assertNotIn("json", answer.headers.get("content-type", ""))
            location = answer.headers["location"]
            self.assertTrue(location.startswith(f"{self.x.base_url}{ROOT}/operations('"), location)
            operation = self.expect(self.customer.get(location), 200).json
            self.assertEqual(operation["status"], "succeeded")
            self.assertEqual(operation["numbers"][0]["status"], "succeeded")
            resource = self.expect(self.customer.get(operation["numbers"][0]["resourceLocation"]), 200).json
            self.assertEqual(resource, self.current(1))
            self.assertEqual((resource["assignmentStatus"], resource["assignmentTargetId"], resource["assignmentCategory"]),
                             ("userAssigned", self.user["id"], "private"))
            self.assertEqual(self.customer.get(f"{ROOT}/operations/{operation['id']}").json, operation)
            answer = self.expect(self.customer.post(f"{LIST}/{prefix}unassignNumber", {
                "telephoneNumber": self.number(1), "numberType": "operatorConnect"}), 202)
            self.assertEqual(self.customer.get(answer.headers["location"]).json["status"], "succeeded")
            self.assertEqual(self.current(1)["assignmentStatus"], "unassigned")
        stranger = self.x.client(["TeamsTelephoneNumber.Read.All"], tenant=self.x.tenant_("strange")["id"])
        self.expect(stranger.get(location), 404)
        for absent in (f"('{uuid.uuid4()}')", "/x", "/a'b"):
            self.expect(self.customer.get(f"{ROOT}/operations{absent}"), 404)

    def test_what_cannot_be_assigned(self):
        self.provision(1, 2)
        self.assign(1)
        number, target = self.number(2), self.user["id"]
        for body, status, code, member in (
                ({"telephoneNumber": self.number(1), "assignmentTargetId": target}, 409, "numberHeld", "telephoneNumber"),
                ({"assignmentTargetId": target}, 400, "missingField", "telephoneNumber"),
                ({"telephoneNumber": number}, 400, "missingField", "assignmentTargetId"),
                ({"telephoneNumber": "12345", "assignmentTargetId": target}, 400, "invalidNumber", "telephoneNumber"),
                ({"telephoneNumber": number, "assignmentTargetId": "ada"}, 400, "invalidValue", "assignmentTargetId"),
                ({"telephoneNumber": number, "assignmentTargetId": target, "numberType": "callingPlan"}, 400,
                 "invalidValue", "numberType"),
                ({"telephoneNumber": number, "assignmentTargetId": target, "assignmentCategory": "first"}, 400,
                 "invalidValue", "assignmentCategory"),
                ({"telephoneNumber": number, "assignmentTargetId": target, "locationId": str(uuid.uuid4())}, 409,
                 "addressLocked", "locationId"),
                ({"telephoneNumber": number, "assignmentTargetId": str(uuid.uuid4())}, 404, "itemNotFound",
                 "assignmentTargetId"),
                ({"telephoneNumber": self.number(3), "assignmentTargetId": target}, 404, "itemNotFound",
                 "telephoneNumber")):
            self.expect(self.act("assignNumber", **body), status, code, member)
        self.assertEqual(self.current(2)["assignmentStatus"], "unassigned")
        self.expect(self.act("unassignNumber", telephoneNumber=number), 409, "numberUnassigned", "telephoneNumber")
        self.expect(self.act("unassignNumber", telephoneNumber=self.number(3)), 404)
        self.x.consent(self.tenant["id"], self.op["id"], status="suspended")
        self.expect(self.act("assignNumber", telephoneNumber=number, assignmentTargetId=target), 409, "consentRequired")
        self.assertEqual(self.current(1)["assignmentStatus"], "userAssigned")
        self.expect(self.act("unassignNumber", telephoneNumber=self.number(1)), 202)

    def test_apps_and_bridges(self):
        app = self.x.user(self.tenant["id"], "menu", accountType="resourceAccount")
        self.provision(1)
        for i, terms in ((2, APP_NUMBER), (3, BRIDGE_NUMBER)):
            self.expect(self.carrier.put(f"{N}/{self.number(i)}", dict(terms, tenantId=self.tenant["id"])), 201)
        self.assertEqual([self.current(i)["capabilities"] for i in (1, 2, 3)],
                         [["userAssignment"], ["voiceApplicationAssignment"], ["conferenceAssignment"]])
        for i, holder in ((1, app), (2, self.user), (3, self.user)):
            self.expect(self.act("assignNumber", telephoneNumber=self.number(i), assignmentTargetId=holder["id"]), 409,
                        "capabilityMissing")
        for i in (2, 3):
            self.assign(i, app)
        self.assertEqual([self.current(i)["assignmentStatus"] for i in (2, 3)],
                         ["voiceApplicationAssigned", "conferenceAssigned"])

    def test_addresses(self):
        here, there = str(uuid.uuid4()), str(uuid.uuid4())
        self.expect(self.carrier.put(f"{N}/{self.number(1)}", dict(self.terms, locationId=here)), 201)
        update = lambda **body: self.act("updateNumber", telephoneNumber=self.number(1), **body)
        self.expect(update(locationId=there), 409, "addressLocked", "locationId")
        self.expect(update(locationId=""), 409, "addressLocked")
        self.assertEqual(self.expect(update(locationId=here, networkSiteId=there), 200).json["networkSiteId"], there)
        self.expect(self.carrier.put(f"{N}/{self.number(1)}", dict(self.terms, allowTenantAddressUpdate=True)), 200)
        self.assertEqual(self.current(1)["supportedCustomerActions"], ["locationUpdate", "release"])
        self.assertEqual(self.current(1)["locationId"], here)
        changed = self.expect(update(locationId=there, networkSiteId=None, reverseNumberLookupOptions=["skipInternalVoip"]),
                              200).json
        self.assertEqual((changed["locationId"], changed["networkSiteId"], changed["reverseNumberLookupOptions"]),
                         (there, there, ["skipInternalVoip"]))
        self.assertEqual(self.carrier.get(f"{N}/{self.number(1)}").json["locationId"], there)
        changed = self.expect(update(locationId="", networkSiteId="", reverseNumberLookupOptions=[]), 200).json
        self.assertEqual((changed["locationId"], changed["networkSiteId"], changed["reverseNumberLookupOptions"]),
                         (None, None, []))
        self.expect(update(reverseNumberLookupOptions=["x"]), 400, "invalidValue", "reverseNumberLookupOptions")
        self.expect(update(locationId="x"), 400, "invalidValue", "locationId")
        # The operator's own terms do not undo what the tenant said.
        self.expect(update(locationId=there), 200)
        self.expect(self.carrier.put(f"{N}/{self.number(1)}", self.terms), 200)
        self.assertEqual(self.current(1)["locationId"], there)

    def test_release_is_asked_for(self):
        self.provision(1)
        self.assign(1)
        self.expect(self.act("releaseNumber", telephoneNumber=self.number(1)), 409, "numberAssigned")
        self.expect(self.act("unassignNumber", telephoneNumber=self.number(1)), 202)
        self.expect(self.act("releaseNumber", telephoneNumber=self.number(1)), 202)
        self.assertTrue(self.carrier.get(f"{N}/{self.number(1)}").json["releaseRequested"])
        self.expect(self.carrier.delete(f"{N}/{self.number(1)}"), 204)
        self.assertEqual(self.customer.get(LIST).json["value"], [])

    def test_lists(self):
        other = self.x.operator("second")
        self.x.consent(self.tenant["id"], other["id"])
        rival = self.x.client(["NumberManagement.Write"], operator=other["id"])
        which = random.sample(range(1000), 25)
        self.provision(*which[:20])
        for i in which[20:]:
            self.expect(rival.put(f"{N}/{self.number(i)}", self.terms), 201)
        for i in which[:4]:
            self.assign(i)
        everything = sorted(self.number(i) for i in which)
        names = lambda values: [v["telephoneNumber"] for v in values]
        values, last = self.customer.pages(LIST + "?$top=6")
        self.assertEqual(names(values), everything)
        self.assertEqual(names(self.customer.get(LIST + "?$skip=5&$top=3").json["value"]), everything[5:8])
        self.assertEqual(names(self.customer.pages(LIST + "?$skip=5&$top=3")[0]), everything[5:])
        page = self.customer.get(LIST + "?%24count=true&%24top=2&%24select=id,telephoneNumber").json
        self.assertEqual(page["@odata.count"], 25)
        self.assertEqual(sorted(page["value"][0]), ["id", "telephoneNumber"])
        self.assertIn("/v1.0/$metadata#", page["@odata.context"])
        self.assertTrue(page["@odata.nextLink"].startswith(self.x.base_url + "/v1.0/"))
        # As a Graph client sends it on: its own options first, every key once.
        token = page["@odata.nextLink"].split("?")[1]
        again = self.customer.get(f"{LIST}?$select=id,telephoneNumber&{token}").json
        self.assertEqual(names(again["value"]), everything[2:4])
        for text, expected in (
                ("assignmentStatus eq 'userAssigned'", which[:4]), (f"assignmentTargetId eq '{self.user['id']}'", which[:4]),
                ("assignmentTargetId eq null", which[4:]), (f"operatorId eq '{other['id']}'", which[20:]),
                ("capabilities/any(c:c eq 'userAssignment')", which), ("numberType eq 'operatorConnect'", which),
                ("capabilities/any(c:c eq 'conferenceAssignment')", []), ("assignmentCategory eq 'primary'", which[:4]),
                (f"telephoneNumber gt '{everything[9]}' and isoCountryCode eq 'DE'", None)):
            query = f"{LIST}?$top=4&$filter=" + urllib.parse.quote(text, safe="':/()+")
            wanted = everything[10:] if expected is None else sorted(self.number(i) for i in expected)
            self.assertEqual(names(self.customer.pages(query)[0]), wanted, text)
        for text in ("id eq 'x'", "city eq 'Berlin'"):
            self.expect(self.customer.get(f"{LIST}?$filter=" + urllib.parse.quote(text)), 400)
        self.expect(self.customer.get(LIST + "?$top=1001"), 400)
        self.expect(self.customer.get(LIST + "?$skip=-1"), 400)

    def test_of_twenty_at_once_one_wins(self):
        self.provision(*range(5))
        clients = [self.x.client(["TeamsTelephoneNumber.ReadWrite.All"], tenant=self.tenant["id"]) for _ in range(20)]
        for i in range(5):
            gate, statuses = threading.Barrier(20), []

            def race(client):
                gate.wait()
                statuses.append(client.post(ACTIONS + "assignNumber", {
                    "telephoneNumber": self.number(i), "assignmentTargetId": self.user["id"]}).status)

            racers = [threading.Thread(target=race, args=(client,)) for client in clients]
            for racer in racers:
                racer.start()
            for racer in racers:
                racer.join()
            self.assertEqual(sorted(statuses), [202] + [409] * 19)


del World  # not a case of its own here


if __name__ == "__main__":
    import unittest
    unittest.main()
