"""What schemathesis cannot know of this API: keys that are new, and lines of JSON."""

import itertools
import json

import schemathesis

NUMBERS = itertools.count()


@schemathesis.hook
def before_call(context, case, kwargs):
    """A write has a key of its own: under a used one, other content is refused as described."""
    key = (case.headers or {}).get("Idempotency-Key")
    if isinstance(key, str) and case.meta.generation.mode.is_positive:
        case.headers["Idempotency-Key"] = f"{next(NUMBERS)}-{key}"[:128]


@schemathesis.serializer("application/x-ndjson")
def one_line(ctx, value):
    return value if isinstance(value, bytes) else json.dumps(value).encode()


@schemathesis.deserializer("application/x-ndjson")
def first_line(ctx, response):
    return json.loads(response.content.splitlines()[0])
