"""Rows of the routes of parties, consents, clients and numbers."""
import base64

GRAPH = "/v1.0/admin/teams/telephoneNumberManagement"
ABSENT = "3f2504e0-4f89-41d3-9a0c-0305e82c3301"
USAGE = {"usage": "CallingUserAssignment", "acquiredCapabilities": ["UserAssignment"]}


def number(side, last):
    """A number of that side; 1 is assigned, 2 and 3 are not, 4 waits for nothing, 9 does not exist."""
    return f"{side.number}{last}"


def assignment_id(side, last):
    return base64.urlsafe_b64encode(f"{side.operator['id']}|{number(side, last)}".encode()).decode().rstrip("=")


def build_world(world):
    for side in world.sides.values():
        terms = dict(USAGE, tenantId=side.tenant["id"])
        for last in (1, 2, 3, 4):
            answer = side.provisioner.put(f"/operator/v1.0/numbers/{number(side, last)}", terms)
            assert answer.status == 201, answer
        answer = side.tenant_admin.post(f"{GRAPH}/numberAssignments/assignNumber", {
            "telephoneNumber": number(side, 1), "assignmentTargetId": side.user["id"], "numberType": "operatorConnect"})
        assert answer.status == 202, answer
        side.operation = answer.headers["location"].split("('")[1].rstrip("')")
        answer = side.provisioner.post("/operator/v1.0/numberOrders", {
            "type": "release", "numbers": [{"telephoneNumber": number(side, 9)}]})
        assert answer.status == 202, answer
        side.order = answer.json["id"]
        side.spare = world.x.client(["Data.Read"], operator=side.operator["id"]).client_id
        side.doomed = world.x.client(["Data.Read"], operator=side.operator["id"]).client_id


def at(template, **body):
    """A request at a path with the side's ids in it."""
    def make(world, side):
        target = template.format(
            operator=side.operator["id"], tenant=side.tenant["id"], user=side.user["id"], order=side.order,
            operation=side.operation, spare=side.spare, doomed=side.doomed, absent=ABSENT,
            n1=number(side, 1), n2=number(side, 2), n3=number(side, 3), n9=number(side, 9),
            a1=assignment_id(side, 1), a9=assignment_id(side, 9))
        kw = {}
        if body:
            kw["json_body"] = {k: v(world, side) if callable(v) else v for k, v in body.items()}
        return target, kw
    return make


def of(attribute):
    return lambda world, side: getattr(side, attribute)["id"]


def nth(last):
    return lambda world, side: number(side, last)


def row(method, pattern, face, roles, own, absent=None, **more):
    return dict(method=method, pattern=pattern, face=face, roles=[roles], own=own, absent=absent, **more)


def platform(method, path, role, own=None, **more):
    return row(method, "/platform/v1.0/" + path, "platform", "Platform." + role, own or at("/platform/v1.0/" + path),
               **more)


def operator(method, path, role, own=None, absent=None, **more):
    return row(method, "/operator/v1.0/" + path, "operator", role, own or at("/operator/v1.0/" + path), absent, **more)


def tenant(method, path, role, own=None, absent=None, **more):
    return row(method, path, "graph", f"TeamsTelephoneNumber.{role}.All", own or at(path), absent, **more)


P, O = "/platform/v1.0/", "/operator/v1.0/"
CONSENT = {"status": "active", "consentedCountries": ["DE"]}

ROWS = [
    platform("GET", "operators", "Read"),
    platform("POST", "operators", "Admin", at(P + "operators", displayName="Another", country="DE")),
    platform("GET", "operators/{id}", "Read", at(P + "operators/{operator}")),
    platform("PATCH", "operators/{id}", "Admin", at(P + "operators/{operator}", country="DE")),
    platform("GET", "tenants", "Read"),
    platform("POST", "tenants", "Write", at(P + "tenants", displayName="Another", country="DE",
                                            defaultDomain="another.example")),
    platform("GET", "tenants/{id}", "Read", at(P + "tenants/{tenant}")),
    platform("PATCH", "tenants/{id}", "Write", at(P + "tenants/{tenant}", country="DE")),
    platform("GET", "tenants/{id}/users", "Read", at(P + "tenants/{tenant}/users")),
    platform("POST", "tenants/{id}/users", "Write",
             at(P + "tenants/{tenant}/users", id=of("user"), country="DE",
                displayName=lambda w, s: s.user["displayName"],
                userPrincipalName=lambda w, s: s.user["userPrincipalName"])),
    platform("GET", "tenants/{id}/users/{userId}", "Read", at(P + "tenants/{tenant}/users/{user}")),
    platform("PATCH", "tenants/{id}/users/{userId}", "Write", at(P + "tenants/{tenant}/users/{user}", country="DE")),
    platform("GET", "clients", "Read"),
    platform("POST", "clients", "Admin", at(P + "clients", displayName="another", roles=["Data.Read"],
                                            operatorId=of("operator"))),
    platform("GET", "clients/{id}", "Read", at(P + "clients/{spare}")),
    platform("POST", "clients/{id}/rotate", "Admin", at(P + "clients/{spare}/rotate")),
    platform("DELETE", "clients/{id}", "Admin", at(P + "clients/{doomed}"), changes=True),
    platform("GET", "consents", "Read"),
    platform("GET", "consents/{tenantId}/{operatorId}", "Read", at(P + "consents/{tenant}/{operator}")),
    platform("PUT", "consents/{tenantId}/{operatorId}", "Admin", at(P + "consents/{tenant}/{operator}", **CONSENT)),
    platform("PATCH", "consents/{tenantId}/{operatorId}", "Admin", at(P + "consents/{tenant}/{operator}",
                                                                      status="active")),

    tenant("GET", "/v1.0/operatorConnect/consents", "Read"),
    tenant("GET", "/v1.0/operatorConnect/consents/{operatorId}", "Read", at("/v1.0/operatorConnect/consents/{operator}"),
           at("/v1.0/operatorConnect/consents/{absent}")),
    tenant("PUT", "/v1.0/operatorConnect/consents/{operatorId}", "ReadWrite",
           at("/v1.0/operatorConnect/consents/{operator}", **CONSENT)),
    tenant("PATCH", "/v1.0/operatorConnect/consents/{operatorId}", "ReadWrite",
           at("/v1.0/operatorConnect/consents/{operator}", status="active"),
           changes=False),

    platform("GET", "numbers", "Read"),
    platform("GET", "numbers/{number}", "Read", at(P + "numbers/{n1}")),
    platform("GET", "numberOrders", "Read"),
    platform("GET", "numberOrders/{id}", "Read", at(P + "numberOrders/{order}")),

    operator("GET", "consents", "PartnerSettings.Read"),
    operator("GET", "consents/delta", "PartnerSettings.Read"),
    operator("GET", "consents/{tenantId}", "PartnerSettings.Read", at(O + "consents/{tenant}"),
             at(O + "consents/{absent}")),
    operator("GET", "numbers", "NumberManagement.Read"),
    operator("GET", "numbers/delta", "NumberManagement.Read"),
    operator("GET", "numbers/{number}", "NumberManagement.Read", at(O + "numbers/{n1}"), at(O + "numbers/{n9}")),
    operator("PUT", "numbers/{number}", "NumberManagement.Write",
             at(O + "numbers/{n2}", tenantId=of("tenant"), **USAGE)),
    operator("DELETE", "numbers/{number}", "NumberManagement.Write", at(O + "numbers/{n3}"), at(O + "numbers/{n9}"),
             changes=True),
    operator("GET", "numberOrders", "NumberManagement.Read"),
    operator("POST", "numberOrders", "NumberManagement.Write",
             at(O + "numberOrders", type="release", numbers=lambda w, s: [{"telephoneNumber": number(s, 9)}])),
    operator("GET", "numberOrders/{id}", "NumberManagement.Read", at(O + "numberOrders/{order}"),
             at(O + "numberOrders/{absent}")),

    tenant("GET", GRAPH + "/numberAssignments", "Read"),
    tenant("GET", GRAPH + "/numberAssignments/{id}", "Read", at(GRAPH + "/numberAssignments/{a1}"),
           at(GRAPH + "/numberAssignments/{a9}")),
    tenant("POST", GRAPH + "/numberAssignments/assignNumber", "ReadWrite",
           at(GRAPH + "/numberAssignments/assignNumber", telephoneNumber=nth(2), assignmentTargetId=of("user")),
           at(GRAPH + "/numberAssignments/assignNumber", telephoneNumber=nth(9), assignmentTargetId=of("user")),
           changes=True),
    tenant("POST", GRAPH + "/numberAssignments/unassignNumber", "ReadWrite",
           at(GRAPH + "/numberAssignments/unassignNumber", telephoneNumber=nth(1)),
           at(GRAPH + "/numberAssignments/unassignNumber", telephoneNumber=nth(9)), changes=True),
    tenant("POST", GRAPH + "/numberAssignments/updateNumber", "ReadWrite",
           at(GRAPH + "/numberAssignments/updateNumber", telephoneNumber=nth(1)),
           at(GRAPH + "/numberAssignments/updateNumber", telephoneNumber=nth(9))),
    tenant("POST", GRAPH + "/numberAssignments/releaseNumber", "ReadWrite",
           at(GRAPH + "/numberAssignments/releaseNumber", telephoneNumber=nth(4)),
           at(GRAPH + "/numberAssignments/releaseNumber", telephoneNumber=nth(9)), changes=True),
    tenant("GET", GRAPH + "/operations/{id}", "Read", at(GRAPH + "/operations/{operation}"),
           at(GRAPH + "/operations/{absent}")),
]
