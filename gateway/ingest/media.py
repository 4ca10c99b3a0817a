"""The media types in which records are posted."""

LINES = ("application/x-ndjson", "application/ndjson", "application/jsonl", "application/json")
CDR = (
    "application/json",
    "application/x-www-form-urlencoded",
    "application/x-www-form-base64-encoded",
)
