#!/usr/bin/env python3
"""Asks a running Signalbox generated reports and computes each answer again from a ledger of what happened.

An oracle is only worth something when it is independent: this program shares no code, no SQL and no arithmetic with the product. It
knows the ledger (one JSON object a line), the meaning of dimensions, filters and metrics as the documentation gives them, and Python's
standard library with its own calendar of time zones. Sums are whole numbers of 10^-9, quotients are fractions; figures must be the same
to the last decimal and to the null.

    oracle.py LEDGER --requests 240 --seed 1      (SIGNALBOX_API and SIGNALBOX_KEY say where and who)

Ends with 0 when all answers agree, 1 when one does not (the request and the differences are printed), 3 when this machine cannot tell.
"""
import argparse
import http.client
import json
import os
import random
import sys
import time
from urllib.parse import urlsplit

from before import Before
from facts import facts_of
from generate import Generator
from judge import OWN_METRICS, compare, expected

ROWS_MAX = 10_000
# A minute for a server that is busy.
ATTEMPTS = 120
FAILURES_MAX = 2


class Api:
    """The admin API over one connection."""

    def __init__(self, base, key):
        parts = urlsplit(base)
        self.path = parts.path
        self.connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=120)
        self.headers = {"Authorization": "Bearer " + key, "Content-Type": "application/json"}
        self.failures = []

    def post(self, path, body):
        self.connection.request("POST", self.path + path, json.dumps(body), self.headers)
        response = self.connection.getresponse()
        text = response.read().decode()
        return response.status, json.loads(text) if text else None

    def patiently(self, path, body):
        """Asks again while the server says that it cannot answer now. A failure of its own is noted and asked again, twice in a run."""
        for _ in range(ATTEMPTS):
            status, answer = self.post(path, body)
            if status == 500 and len(self.failures) < FAILURES_MAX:
                self.failures.append(answer)
            elif status != 503:
                break
            time.sleep(0.5)
        return status, answer


def ask(api, query, page):
    """The whole answer: in one, or two pages of `page` rows and then the rest."""
    whole, sizes = None, [page, page] if page else []
    while True:
        asked = dict(query, limit=sizes.pop() if sizes else ROWS_MAX, offset=len(whole["rows"]) if whole else 0)
        status, answer = api.patiently("/reports/query", asked)
        if status != 200:
            raise SystemExit(f"the API refuses a request: {status} {answer}\n{json.dumps(asked)}")
        if whole is None:
            whole = answer
        elif answer["totals"] != whole["totals"] or answer["total_rows"] != whole["total_rows"]:
            raise SystemExit(f"a later page has other totals:\n{json.dumps(asked)}")
        else:
            whole["rows"] += answer["rows"]
        if not answer["rows"] or len(whole["rows"]) >= whole["total_rows"]:
            return whole


def period_before(query, facts, asked, answered):
    """What there is of the period before (nothing: None), whether the oracle can tell – of a range that is not over it cannot when
    something happened between the moments that the server may have cut it at – and whether there is something that was cut."""
    if "compare" not in query:
        return None, True, False
    ends = [Before(query, now) for now in (asked, answered)]
    found = [end.truth(facts) if end.is_there else None for end in ends]
    is_cut = found[0] is not None and len(found[0][1]) > 0 and ends[0].range[1] < ends[0].reader.range[0]
    return found[0], found[0] == found[1], is_cut


def make_metrics(api):
    """The metrics of the workspace's own that requests use; there already after an earlier run."""
    for key, (formula, form, _) in OWN_METRICS.items():
        status, answer = api.post("/metrics", {"key": key, "formula": formula, "format": form})
        if status not in (201, 409, 422):
            raise SystemExit(f"the metric {key} cannot be made: {status} {answer}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("ledger", help="what happened, one JSON object a line")
    parser.add_argument("--requests", type=int, default=240)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    try:
        import zoneinfo
        zoneinfo.ZoneInfo("Australia/Lord_Howe")
    except (ImportError, KeyError) as error:
        print(f"NOT TESTED: Python 3.9 with time zone data is needed: {error!r}", file=sys.stderr)
        return 3

    api = Api(os.environ["SIGNALBOX_API"], os.environ["SIGNALBOX_KEY"])
    make_metrics(api)
    with open(options.ledger, encoding="utf-8") as lines:
        made_up, driven = facts_of(json.loads(line) for line in lines)
    generator = Generator(random.Random(options.seed), made_up, driven)
    failed = 0
    seen = {"requests": 0, "rows": 0, "figures": 0, "nulls": 0, "compared": 0, "cut": 0}
    for number in range(options.requests):
        query, page, facts = generator.request(number)
        asked = int(time.time() * 1000)
        answer = ask(api, query, page)
        before, can_tell, is_cut = period_before(query, facts, asked, int(time.time() * 1000) + 1)
        if not can_tell:
            continue
        seen["cut"] += is_cut
        wrong = compare(query, expected(query, facts), before, answer, seen)
        if wrong:
            print(f"request {number} of seed {options.seed}:\n{json.dumps(query, ensure_ascii=False)}", file=sys.stderr)
            print("\n".join(wrong[:8]), file=sys.stderr)
            failed += 1
        seen["requests"] += 1
    print(json.dumps(dict(seen, failures=api.failures)))
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
