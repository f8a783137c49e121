"""Prints the words of a streamed chat answer as they arrive; exit status 1 unless it comes to its end."""

import json
import sys

done = False
for line in sys.stdin:
    line = line.rstrip("\n")
    if line == "data: [DONE]":
        done = True
    elif line.startswith("data: "):
        event = json.loads(line[6:])
        if event.get("error"):
            print(f"\n{event['error'].get('message')}", file=sys.stderr)
            sys.exit(1)
        for choice in event.get("choices", []):
            print(choice.get("delta", {}).get("content") or "", end="", flush=True)
    elif line.strip() and not line.startswith(":"):
        # An error before the stream began.
        print(line, file=sys.stderr)
print()
sys.exit(0 if done else 1)
