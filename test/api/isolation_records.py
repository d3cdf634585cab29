"""Rows of the routes of call records, duration records, their uploads and conflicts."""
import json

ABSENT = "3f2504e0-4f89-41d3-9a0c-0305e82c3301"
DAY = "2026-02-10"
O, P = "/operator/v1.0/", "/platform/v1.0/"


def ndjson(records):
    return {"body": "".join(json.dumps(r) + "\n" for r in records).encode(),
            "headers": {"Content-Type": "application/x-ndjson"}}


def duration(side, n, seconds=30):
    return {"id": f"{side.canary}-duration-{n}", "correlationId": f"{side.canary}-{n}@sbc", "trunk": side.canary,
            "callerNumber": f"{side.number}1", "calleeNumber": f"{side.number}88{n}",
            "startDateTime": f"{DAY}T10:0{n}:00Z", "durationSeconds": seconds}


def call(side, n, answer=5):
    return {"id": f"{side.canary}-call-{n}", "operatorId": side.operator["id"], "tenantId": side.tenant["id"],
            "userId": side.user["id"], "correlationId": f"{side.canary}-{n}@sbc", "trunk": side.canary,
            "direction": "outbound", "callerNumber": f"{side.number}1", "calleeNumber": f"{side.number}88{n}",
            "inviteDateTime": f"{DAY}T10:0{n}:00Z", "answerDateTime": f"{DAY}T10:0{n}:0{answer}Z",
            "endDateTime": f"{DAY}T10:0{n}:35Z",
            "mediaStreams": [{"streamId": side.canary, "averageJitter": "PT0.01S"}]}


def accepted(answer):
    assert answer.status == 201, answer
    return answer.json


def build_world(world):
    for side in world.sides.values():
        batch = accepted(side.provisioner.post(O + "callDurations", **ndjson([duration(side, n) for n in range(3)])))
        side.batch = batch["id"]
        conflict = accepted(side.provisioner.post(O + "callDurations", **ndjson([duration(side, 1, 31)])))
        assert conflict["conflicts"] == 1, conflict
        batch = accepted(world.x.admin.post(P + "callRecords", **ndjson([call(side, n) for n in range(3)])))
        assert batch["accepted"] == 3, batch
        side.platform_batch = batch["id"]


def at(template):
    def make(world, side):
        return template.format(batch=side.batch, platform_batch=side.platform_batch, absent=ABSENT,
                               duration=f"{side.canary}-duration-1", call=f"{side.canary}-call-1"), {}
    return make


def operator(method, path, roles, own=None, absent=None):
    return dict(method=method, pattern=O + path, face="operator", roles=roles, own=own or at(O + path), absent=absent)


def platform(method, path, role, own=None):
    return dict(method=method, pattern=P + path, face="platform", roles=[role], own=own or at(P + path), absent=None)


EITHER = ["Data.Read", "Data.Write"]

ROWS = [
    operator("POST", "callDurations", ["Data.Write"],
             lambda world, side: (O + "callDurations", ndjson([duration(side, n) for n in range(3)]))),
    operator("GET", "callDurations", EITHER),
    operator("GET", "callDurations/{id}", EITHER, at(O + "callDurations/{duration}"), at(O + "callDurations/{absent}")),
    operator("GET", "callDurations/batches", EITHER),
    operator("GET", "callDurations/batches/{id}", EITHER, at(O + "callDurations/batches/{batch}"),
             at(O + "callDurations/batches/{absent}")),
    operator("GET", "callDurations/conflicts", EITHER),
    operator("GET", "callRecords", ["Data.Read"], at(O + "callRecords?$expand=mediaStreams")),
    operator("GET", "callRecords/delta", ["Data.Read"], at(O + "callRecords/delta?$expand=mediaStreams")),
    operator("GET", "callRecords/{id}", ["Data.Read"], at(O + "callRecords/{call}?$expand=mediaStreams"),
             at(O + "callRecords/{absent}?$expand=mediaStreams")),

    platform("POST", "callRecords", "Platform.Write",
             lambda world, side: (P + "callRecords", ndjson([call(side, n) for n in range(3)]))),
    platform("GET", "callRecords", "Platform.Read"),
    platform("GET", "callRecords/{id}", "Platform.Read", at(P + "callRecords/{call}")),
    platform("GET", "callRecords/batches", "Platform.Read"),
    platform("GET", "callRecords/batches/{id}", "Platform.Read", at(P + "callRecords/batches/{platform_batch}")),
    platform("GET", "callRecords/conflicts", "Platform.Read"),
    platform("GET", "callDurations", "Platform.Read"),
    platform("GET", "callDurations/batches", "Platform.Read"),
    platform("GET", "callDurations/batches/{id}", "Platform.Read", at(P + "callDurations/batches/{batch}")),
    platform("GET", "callDurations/conflicts", "Platform.Read"),
    platform("GET", "callDurations/{id}", "Platform.Read", at(P + "callDurations/{duration}")),
]
