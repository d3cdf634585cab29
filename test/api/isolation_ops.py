"""Rows of the routes that need no token, and of the metrics."""


def fixed(target, **kw):
    return lambda world, side: (target, kw)


FORM = {"body": b"grant_type=client_credentials&client_id=x&client_secret=y",
        "headers": {"Content-Type": "application/x-www-form-urlencoded"}}


def open_row(method, pattern, target=None, **kw):
    return dict(method=method, pattern=pattern, roles=[], face="open", own=fixed(target or pattern, **kw))


ROWS = [
    open_row("POST", "/oauth2/v2.0/token", **FORM),
    open_row("POST", "/{tenant}/oauth2/v2.0/token", "/common/oauth2/v2.0/token", **FORM),
    open_row("GET", "/.well-known/openid-configuration"),
    open_row("GET", "/{tenant}/.well-known/openid-configuration", "/common/.well-known/openid-configuration"),
    open_row("GET", "/{tenant}/v2.0/.well-known/openid-configuration", "/common/v2.0/.well-known/openid-configuration"),
    open_row("GET", "/discovery/v2.0/keys"),
    open_row("GET", "/healthz"),
    open_row("GET", "/readyz"),
    open_row("GET", "/docs/"),
    dict(open_row("GET", "/docs"), ok=(308,)),
    open_row("GET", "/docs/style.css"),
    open_row("GET", "/openapi.json"),
    open_row("GET", "/openapi/{face}", "/openapi/graph.json"),
    dict(method="GET", pattern="/metrics", roles=["Platform.Read"], face="platform", loopback=True,
         own=fixed("/metrics")),
]
