"""Rows of the quality summary."""
DAY = "2026-02-10"  # of the call records in isolation_records.py

ROWS = [
    # A day belongs to every operator: there is no foreign one, only what stands in it.
    dict(method="GET", pattern="/operator/v1.0/qualitySummary", roles=["Data.Read"], face="operator",
         own=lambda world, side: (f"/operator/v1.0/qualitySummary?day={DAY}", {})),
    dict(method="GET", pattern="/platform/v1.0/operators/{id}/qualitySummary", roles=["Platform.Read"], face="platform",
         own=lambda world, side: (f"/platform/v1.0/operators/{side.operator['id']}/qualitySummary?day={DAY}", {})),
]
