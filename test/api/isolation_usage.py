"""Rows of the tenant's usage and call records."""
import json

DAY = "2026-05-12"
ABSENT = "3f2504e0-4f89-41d3-9a0c-0305e82c3301"
G = "/v1.0/communications/callRecords"
WINDOW = f"fromDateTime={DAY},toDateTime=2026-05-13"


def call(side, n):
    return {"id": f"{side.canary}-usage-{n}", "operatorId": side.operator["id"], "tenantId": side.tenant["id"],
            "userId": side.user["id"], "correlationId": f"{side.canary}-usage-{n}@sbc", "trunk": side.canary,
            "direction": "inbound" if n % 2 else "outbound", "callerNumber": f"{side.number}1",
            "calleeNumber": f"{side.number}99{n}", "inviteDateTime": f"{DAY}T10:0{n}:00Z",
            "answerDateTime": f"{DAY}T10:0{n}:05Z", "endDateTime": f"{DAY}T10:0{n}:35Z",
            "mediaStreams": [{"streamId": side.canary, "averageJitter": "PT0.01S"}]}


def build_world(world):
    for side in world.sides.values():
        body = "".join(json.dumps(call(side, n)) + "\n" for n in range(3)).encode()
        answer = world.x.admin.post("/platform/v1.0/callRecords", body=body,
                                    headers={"Content-Type": "application/x-ndjson"})
        assert answer.status == 201 and answer.json["accepted"] == 3, answer


def row(tail, roles=("CallRecords.Read.All",), pattern=None, absent=False):
    def own(world, side):
        return G + tail.format(id=f"{side.canary}-usage-1"), {}

    return dict(method="GET", pattern=G + (pattern or tail.split("?")[0]), face="graph", roles=list(roles), own=own,
                absent=(lambda world, side: (G + tail.format(id=ABSENT), {})) if absent else None)


USAGE = ("CallRecords.Read.All", "CallRecord-PstnCalls.Read.All")

ROWS = [
    row(f"/getPstnCalls({WINDOW})", USAGE, "/getPstnCalls(*)"),
    row(f"/getDirectRoutingCalls({WINDOW})", USAGE, "/getDirectRoutingCalls(*)"),
    row(""),
    row("/{id}?$expand=sessions($expand=segments)", absent=True),
    row("/{id}/sessions?$expand=segments", absent=True),
    row("/{id}/participants_v2", absent=True),
]
