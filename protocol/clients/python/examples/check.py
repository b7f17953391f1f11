"""Asks about one request and tells what came of it:   python3 examples/check.py ip=192.0.2.1 path=/search tenant=acme"""

import logging
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), ".."))

import weir  # noqa: E402
from weir import http  # noqa: E402


def main() -> int:
    logging.basicConfig(format="weir: %(message)s")
    attributes = dict(argument.split("=", 1) for argument in sys.argv[1:])
    with weir.Client() as client:
        decision = client.check(attributes)
        why = decision.trouble or decision.reason
        print("allow" if decision.allowed else "deny", decision.status, why, f"by {decision.rule}" if decision.rule else "")
        for name, value in http.rate_limit_fields(decision) if decision.allowed else http.denial(decision).fields:
            print(f"{name}: {value}")
        if decision.allowed:
            client.report(decision.ticket, status=200, bytes_in=120, bytes_out=4096)
    return 0 if decision.allowed else 1


if __name__ == "__main__":
    sys.exit(main())
