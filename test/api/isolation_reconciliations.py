"""Rows of the reconciliations and of the privacy officer's face."""
import json

from harness import eventually

DAY = "2026-01-10"
ABSENT_DAY = "2019-01-10"


def ndjson(records):
    return {"body": "".join(json.dumps(r) + "\n" for r in records).encode(),
            "headers": {"Content-Type": "application/x-ndjson"}}


def call(side, n):
    return {"id": f"{side.canary}-c{n}", "operatorId": side.operator["id"], "tenantId": side.tenant["id"],
            "correlationId": f"{side.canary}-{n}", "direction": "outbound", "callerNumber": f"{side.number}1",
            "calleeNumber": f"{side.number}77{n}", "inviteDateTime": f"{DAY}T10:0{n}:00.000Z",
            "answerDateTime": f"{DAY}T10:0{n}:05.000Z", "endDateTime": f"{DAY}T10:0{n}:35.000Z"}


def duration(side, n, seconds):
    return {"id": f"{side.canary}-d{n}", "correlationId": f"{side.canary}-{n}", "callerNumber": f"{side.number}1",
            "calleeNumber": f"{side.number}77{n}", "startDateTime": f"{DAY}T10:0{n}:00.000Z",
            "answerDateTime": f"{DAY}T10:0{n}:05.000Z", "durationSeconds": seconds}


def build_world(world):
    for side in world.sides.values():
        answer = world.x.admin.post("/platform/v1.0/callRecords", **ndjson([call(side, n) for n in range(4)]))
        assert answer.status == 201 and answer.json["accepted"] == 4, answer
        answer = side.provisioner.post("/operator/v1.0/callDurations", **ndjson(
            [duration(side, n, 30 if n else 99) for n in range(3)]))
        assert answer.status == 201 and answer.json["accepted"] == 3, answer
        answer = world.x.admin.post("/platform/v1.0/reconciliations", {"operatorId": side.operator["id"], "day": DAY})
        assert answer.status == 202, answer
    for side in world.sides.values():
        eventually(lambda: side.provisioner.get(f"/operator/v1.0/reconciliations/{DAY}").json["status"] == "succeeded",
                   what="the reconciliation")


def operator_row(tail, single=True):
    pattern = "/operator/v1.0/reconciliations" + ("/{day}" if single else "") + tail
    path = "/operator/v1.0/reconciliations" + (f"/{DAY}" if single else "") + tail
    # A day belongs to every operator: there is no foreign one, only what stands in it.
    return dict(method="GET", pattern=pattern, roles=["Data.Read"], face="operator", own=lambda world, side: (path, {}))


def platform_row(tail, single=True):
    def own(world, side):
        return "/platform/v1.0/reconciliations" + (f"/{side.operator['id']}/{DAY}" if single else "") + tail, {}

    return dict(method="GET", pattern="/platform/v1.0/reconciliations" + ("/{operatorId}/{day}" if single else "") + tail,
                roles=["Platform.Read"], face="platform", own=own)


def privacy_row(name):
    return dict(method="GET", pattern="/privacy/v1.0/" + name, roles=["Privacy.Officer"], face="privacy",
                own=lambda world, side: ("/privacy/v1.0/" + name, {}))


ROWS = [
    operator_row("", single=False), operator_row(""), operator_row("/discrepancies"), operator_row("/causes"),
    platform_row("", single=False), platform_row(""), platform_row("/discrepancies"), platform_row("/causes"),
    dict(method="POST", pattern="/platform/v1.0/reconciliations", roles=["Platform.Write"], face="platform",
         own=lambda world, side: ("/platform/v1.0/reconciliations",
                                  {"json_body": {"operatorId": side.operator["id"], "day": DAY}})),
    privacy_row("retentionPolicies"), privacy_row("auditEvents"), privacy_row("statement"),
]
