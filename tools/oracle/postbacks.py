#!/usr/bin/env python3
"""Holds conversions, as a running Signalbox shows them, against what its raw log of received postbacks comes to.

The log of conversions and a report by network, status and campaign must say what `ledger.py` computes from the log of received postbacks,
the clicks and the configuration, to the last decimal; each request must have the verdict that it deserves; and every request that was
answered must be in the log.

    postbacks.py SENT [--save FILE]     SENT: a line of JSON for each request, {"number": 7, "answered": true}; its parameter `n` is the number
    postbacks.py SENT --from FILE       judges what was saved instead of asking (SIGNALBOX_API and SIGNALBOX_KEY say where and who)

Ends with 0 when everything agrees and prints what was compared, 1 when something does not.
"""
import argparse
import http.client
import json
import os
import sys
import time
from datetime import datetime, timezone
from urllib.parse import parse_qsl, urlencode, urlsplit

from facts import nanos
from ledger import Book, classes, judge, kind

PATIENCE = 180
EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
SETTLED = {"accepted", "updated", "duplicate"}
FIGURES = ["status", "second_status", "payout", "cost", "original_payout", "original_currency"]


class Api:
    def __init__(self, base, key):
        parts = urlsplit(base)
        self.path = parts.path
        self.connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=120)
        self.headers = {"Authorization": "Bearer " + key, "Content-Type": "application/json"}

    def ask(self, method, path, body=None):
        for _ in range(PATIENCE):
            self.connection.request(method, self.path + path, body and json.dumps(body), self.headers)
            response = self.connection.getresponse()
            text = response.read().decode()
            if response.status not in (500, 503):
                break
            time.sleep(1)
        if response.status != 200:
            raise SystemExit(f"{method} {path}: {response.status} {text}")
        return json.loads(text)

    def all(self, path, **query):
        items = []
        while True:
            page = self.ask("GET", path + "?" + urlencode(query))
            items += page["items"]
            if not page.get("next_cursor"):
                return items
            query["cursor"] = page["next_cursor"]

    def everything(self):
        """All that is needed, in the order in which it can only grow: what was received before what it came to."""
        since = {"from": "2000-01-01T00:00:00Z", "limit": 500}
        query = {"dimensions": ["network", "conversion_status", "campaign"], "range": {"token": "all_time"}, "bots": "include",
                 "metrics": ["conversions", "revenue", "revenue_rejected", "cost"], "limit": 10_000}
        return {
            "workspace": self.ask("GET", "/workspaces")["items"][0],
            "networks": self.all("/networks", limit=100), "destinations": self.all("/destinations", limit=100),
            "campaigns": self.all("/campaigns", limit=100), "clicks": self.all("/logs/clicks", **since),
            "postbacks": self.all("/logs/postbacks", **since), "conversions": self.all("/logs/conversions", **since),
            "report": self.ask("POST", "/reports/query", query)["rows"],
        }


def milliseconds(text):
    moment = datetime.fromisoformat(text.replace("Z", "+00:00")) - EPOCH
    return (moment.days * 86_400 + moment.seconds) * 1_000 + moment.microseconds // 1_000


def latest(rows, book):
    """The last state of each conversion in the log, by what it is known by; those that were taken away are none."""
    last = {}
    for row in rows:
        if row["id"] not in last or row["revision"] > last[row["id"]]["revision"]:
            last[row["id"]] = row
    found = {}
    for row in last.values():
        if row["status"] is None or row["status"] == "event":
            continue
        by_transaction = book.policy(row["status"]) == "transaction"
        key = (row["network"]["id"], row["click_id"], kind(row["status"]), row["transaction"] if by_transaction else "")
        if key in found:
            raise SystemExit(f"two conversions are known by {key}")
        found[key] = dict(row, **{name: nanos(row[name]) for name in ("payout", "cost", "original_payout")})
    return found


def compare_conversions(conversions, said, book):
    found = latest(said["conversions"], book)
    for key in sorted(set(conversions) | set(found)):
        here, there = conversions.get(key), found.get(key)
        if here is None or there is None:
            yield f"conversion {key}: {'is in the log alone' if here is None else 'is missing'}: {here or there}"
            continue
        for name in FIGURES:
            if name == "original_currency" and here["original_payout"] == 0:
                continue
            if here[name] != there[name]:
                yield f"conversion {key}: {name} is {there[name]!r}, and should be {here[name]!r}"


def compare_report(conversions, said):
    sums = {}
    for (network, *_), it in conversions.items():
        row = sums.setdefault((network, it["status"], it["campaign"]), [0, 0, 0, 0])
        counts, earns = classes(it["status"])
        row[0] += counts
        row[1] += it["payout"] if earns else 0
        row[2] += it["payout"] if it["status"] == "rejected" else 0
        row[3] += it["cost"]
    shown = {}
    for row in said["report"]:
        keys = tuple(row["keys"][name]["id"] for name in ("network", "conversion_status", "campaign"))
        if keys[1]:
            metrics = row["metrics"]
            shown[keys] = [int(metrics["conversions"])] + [nanos(str(metrics[name])) for name in ("revenue", "revenue_rejected", "cost")]
    for key in sorted(set(sums) | set(shown)):
        here, there = sums.get(key, [0] * 4), shown.get(key, [0] * 4)
        if here != there:
            yield f"report {key}: conversions, revenue, revenue rejected and cost are {there}, and should be {here}"


def compare_verdicts(verdicts, rows):
    for row in rows:
        deserved, verdict = verdicts[row["id"]], row["verdict"]
        fits = verdict in SETTLED if deserved == "counts" else (
            verdict == "orphan" if deserved == "orphan" else verdict == "refused" and row["code"] == deserved)
        if not fits:
            yield f"postback {row['id']} {row['query']}: {verdict} {row['code']}, and should be {deserved}"


def compare(said, sent):
    """Everything that does not agree, and what was compared."""
    rows = [dict(row, at=milliseconds(row["at"])) for row in said["postbacks"] if row["network"] and row["method"] != "HAND"]
    clicks = [dict(click, at=milliseconds(click["at"])) for click in said["clicks"]]
    book = Book(dict(said, clicks=clicks))
    numbers = set()
    for row in rows:
        numbers.update(value for name, value in parse_qsl(row["query"]) if name == "n")
    wrong = [f"postback {it['number']} was answered and is not in the log" for it in sent
             if it["answered"] and str(it["number"]) not in numbers]
    conversions, verdicts = judge(rows, book)
    wrong += compare_verdicts(verdicts, rows)
    wrong += compare_conversions(conversions, said, book)
    wrong += compare_report(conversions, said)
    seen = {"postbacks": len(rows), "conversions": len(conversions), "revisions": len(said["conversions"]), "verdicts": {}}
    for verdict in verdicts.values():
        seen["verdicts"][verdict] = seen["verdicts"].get(verdict, 0) + 1
    return wrong, seen


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sent")
    parser.add_argument("--save")
    parser.add_argument("--from", dest="saved")
    options = parser.parse_args()
    with open(options.sent, encoding="utf-8") as lines:
        sent = [json.loads(line) for line in lines]
    api = None if options.saved else Api(os.environ["SIGNALBOX_API"], os.environ["SIGNALBOX_KEY"])
    deadline = time.monotonic() + PATIENCE
    while True:
        if options.saved:
            with open(options.saved, encoding="utf-8") as file:
                said = json.load(file)
        else:
            said = api.everything()
        wrong, seen = compare(said, sent)
        if not wrong or options.saved or time.monotonic() > deadline:
            break
        # What was told a moment ago is in the reports a moment later.
        time.sleep(2)
    if options.save:
        with open(options.save, "w", encoding="utf-8") as file:
            json.dump(said, file)
    print(json.dumps(seen))
    if wrong:
        print(f"{len(wrong)} do not agree:", *wrong[:20], sep="\n", file=sys.stderr)
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
