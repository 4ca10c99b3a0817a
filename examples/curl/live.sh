#!/bin/sh
# Today's figures of the domain, an event whenever they change.
#
#     GATEWAY_TOKEN=gw_… examples/curl/live.sh
exec curl --silent --show-error --no-buffer "${GATEWAY_URL:-http://127.0.0.1:8000/graphql}" \
    --header "Authorization: Bearer $GATEWAY_TOKEN" \
    --header 'Content-Type: application/json' \
    --header 'Accept: text/event-stream' \
    --data '{"query": "subscription { domain { callStats { totalCall totalAnswered } } }"}'
