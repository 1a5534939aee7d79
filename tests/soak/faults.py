"""Faults that pass, as rules for the emulator. A retry absorbs each of them, so that none may reach a user."""

PATHS = [None, "/computes/", "/extensions/", "/computeoperationsstatus/", "/operations/", "/microsoft.relay/", "/workspaces/"]

PAGE = "<html><body><h1>Bad Gateway</h1></body></html>"

BUSY = {"error": {"code": "AnotherOperationInProgress", "message": "Another operation is in progress. Retry later."}}


def rules(random, count):
    """So many faults, somewhere among the next requests."""
    return [rule(random) for _ in range(count)]


def rule(random):
    make = random.choices(list(KINDS), weights=list(KINDS.values()))[0]
    when, then = make(random)
    return {"when": when, "then": then, "after": random.randrange(40), "times": random.choice([1, 1, 1, 2, 3])}


def anywhere(random, methods=("GET", "GET", "PUT", "PATCH", "DELETE", None)):
    method, path = random.choice(methods), random.choice(PATHS)
    return {name: value for name, value in (("method", method), ("path", path)) if value}


def write(random):
    return {"method": random.choice(["PUT", "PUT", "PATCH", "DELETE"]), "path": random.choice(["/computes/", "/extensions/"])}


def throttled(random):
    headers = random.choice([{"Retry-After": "1"}, {"retry-after-ms": "300"}, {}])
    body = {"error": {"code": "SubscriptionRequestsThrottled", "message": "Too many requests."}}
    return anywhere(random), {"status": 429, "headers": headers, "body": body}


def server_error(random):
    body = random.choice([PAGE, "", {"error": {"code": "InternalServerError", "message": "Try again."}}])
    return anywhere(random), {"status": random.choice([408, 500, 502, 503, 504]), "body": body}


def reset(random):
    return anywhere(random), {"reset": True}


def truncated(random):
    return anywhere(random), {"truncate": random.randrange(40)}


def answer_lost(random):
    return anywhere(random, ("PUT", "PATCH", "DELETE", "GET")), {"accept_then_reset": True}


def slow(random):
    return anywhere(random), {"delay_ms": random.randrange(200, 3000)}


def busy(random):
    return write(random), {"status": 409, "body": BUSY}


def late(random):
    """Reads lag behind what was written."""
    return write(random), {"lag_ms": random.randrange(200, 2500)}


def stuck(random):
    """Somebody ends the operation later."""
    return write(random), {"stick_operation": True}


# How often each comes.
KINDS = {
    throttled: 4, server_error: 5, reset: 3, truncated: 3, answer_lost: 3, slow: 2, busy: 3, late: 3, stuck: 3,
}
