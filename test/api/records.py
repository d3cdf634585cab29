"""Records for the tests of uploads and feeds, and the ways to send them."""
import csv
import gzip
import io
import json

DURATIONS = "/operator/v1.0/callDurations"
CALLS = "/platform/v1.0/callRecords"
OWN_CALLS = "/operator/v1.0/callRecords"

NDJSON = {"Content-Type": "application/x-ndjson"}
CSV = {"Content-Type": "text/csv"}


def moment(second, day="2026-03-10"):
    return f"{day}T{second // 3600 % 24:02}:{second // 60 % 60:02}:{second % 60:02}.000Z"


def duration(n, seconds=30, prefix="d", **more):
    return {"id": f"{prefix}{n}", "callerNumber": "+4930900010", "calleeNumber": "+4989900020",
            "startDateTime": moment(n), "durationSeconds": seconds, **more}


def call(n, operator, tenant, prefix="c", **more):
    return {"id": f"{prefix}{n}", "operatorId": operator["id"], "tenantId": tenant["id"], "direction": "outbound",
            "callerNumber": "+4930900010", "calleeNumber": "+4989900020", "inviteDateTime": moment(n),
            "answerDateTime": moment(n + 5), "endDateTime": moment(n + 35), **more}


def lines(records):
    return "".join(json.dumps(r) + "\n" for r in records).encode()


def table(records):
    out = io.StringIO()
    writer = csv.DictWriter(out, fieldnames=list(dict.fromkeys(k for r in records for k in r)), lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(records)
    return out.getvalue().encode()


def send(client, records, path=DURATIONS, **headers):
    return client.post(path, body=lines(records), headers={**NDJSON, **headers})


def counts(answer):
    return tuple(answer.json[k] for k in ("received", "accepted", "duplicates", "conflicts", "rejected"))


def packed(data):
    return gzip.compress(data, mtime=0)
