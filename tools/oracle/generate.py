"""Requests, drawn from a seed: every kind of dimension, filter, step, zone, basis and order that the ledger can say something about."""
import time
from datetime import date, timedelta
from decimal import Decimal

from judge import METRICS, OWN_METRICS, TIMES, Calendar, exact, expected, shown

ZONES = ["UTC", "Asia/Kolkata", "Australia/Lord_Howe", "Europe/Berlin", "America/New_York", "America/St_Johns", "Asia/Kathmandu",
         "Pacific/Chatham", "America/Havana", "America/Santiago"]
# Nights on which clocks change somewhere, and the nights beside them; 29 February; ends of months, quarters and weeks.
DAYS = ["2024-02-28", "2024-02-29", "2024-03-01", "2024-03-09", "2024-03-10", "2024-03-11", "2024-03-30", "2024-03-31", "2024-04-01",
        "2024-04-06", "2024-04-07", "2024-04-08", "2024-09-07", "2024-09-08", "2024-09-28", "2024-09-29", "2024-10-05", "2024-10-06",
        "2024-10-26", "2024-10-27", "2024-10-28", "2024-11-02", "2024-11-03", "2024-11-04"]
STEPS = list(TIMES)
IDS = ["campaign", "stream", "landing", "destination", "source", "network", "domain"]
TEXTS = ["country", "isp", "browser", "language", "referrer_domain", "keyword", "sub_id_1", "sub_id_2", "sub_id_30", "region"]
WORDS = {"connection_type": ["unknown", "cable", "cellular", "satellite"], "device_type": ["unknown", "desktop", "mobile", "tv", "tablet"],
         "bot_reason": ["known_bot", "data_center", "head_request", "prefetch"], "is_unique": ["true", "false"],
         "is_unique_stream": ["true", "false"], "is_unique_workspace": ["true", "false"], "is_trafficback": ["true", "false"],
         "event": ["click", "landing_click", "conversion", "cost"],
         "conversion_status": ["none", "lead", "sale", "rejected", "trash", "rebill", "registration", "deposit"]}
FLAGS = ["is_bot", "is_empty_referrer"]
DIMENSIONS = IDS + TEXTS + list(WORDS) + FLAGS + ["asn"]
PATTERNS = ["^zone-[0-9]$", "(?i)SHOES", "a.b", "%", r"^$", "ü", "Forum|search", r"back\\slash"]
PIECES = ["o", "ж", "A", "zone-1", "%", "'", "\\", "=1", "b,c", "EXAMPLE", "ü"]
DRIVEN_METRICS = ["clicks", "cost", "revenue", "revenue_confirmed", "revenue_hold", "conversions", "sales", "leads", "rejected", "profit", "roi",
                  "cr", "cpc", "cpm", "epc", "cpa", "approve", "aov", "ecpm", "custom_oracle_a", "custom_oracle_b"]


class Generator:
    """Draws requests; `made_up` and `driven` are the facts that they are about."""

    def __init__(self, dice, made_up, driven):
        self.dice, self.made_up, self.driven = dice, made_up, driven
        self.values = {name: sorted({fact.dims.get(name, "") for fact in made_up} - {""}) for name in DIMENSIONS}
        self.campaigns = sorted({fact.dims["campaign"] for fact in made_up})
        self.driven_campaigns = sorted({fact.dims["campaign"] for fact in driven})

    def request(self, number):
        """A query, the rows of its pages (none: all at once), and the facts it is about."""
        dice = self.dice
        query = {"timezone": dice.choice(ZONES), "dimensions": [], "metrics": [], "filters": [], "having": [], "sort": [],
                 "basis": dice.choice(["click", "click", "conversion"]), "bots": dice.choice(["include", "include", "exclude", "only"])}
        if number == 0:
            # Everything at once, first of all.
            query.update(basis="click", bots="include", metrics=list(METRICS) + list(OWN_METRICS))
            self.of(query, self.campaigns)
            return query, None, self.made_up
        if number % 8 == 7 and self.driven:
            return self.about_driven(query)
        query["metrics"] = dice.sample(list(METRICS) + list(OWN_METRICS), dice.randint(1, 9))
        query["dimensions"] = dice.sample(DIMENSIONS + STEPS, dice.choice([0, 1, 1, 2, 2, 3, 4]))
        if dice.random() < 0.5:
            query["granularity"] = dice.choice(STEPS)
        self.when(query)
        if "from" in query["range"] and dice.random() < 0.5:
            self.before(query)
        # What is compared must be there: fewer filters.
        for _ in range(dice.choice([0, 0, 0, 1] if "compare" in query else [0, 0, 1, 1, 2, 3])):
            query["filters"].append(self.condition(query, 0))
        if dice.random() < 0.35 and (query["dimensions"] or "granularity" in query):
            self.figures(query)
        self.order(query)
        return query, dice.choice([None, None, None, 3, 50]), self.made_up

    def of(self, query, campaigns):
        query["range"] = {"token": "all_time"}
        query["filters"].append({"field": "campaign", "op": "equals", "values": campaigns})

    def when(self, query):
        dice, days = self.dice, sorted(self.dice.choices(DAYS, k=2))
        form = dice.random()
        if form < 0.2:
            self.of(query, self.campaigns)
        elif form < 0.7:
            query["range"] = {"from": days[0], "to": days[1]}
        elif form < 0.85:
            query["range"] = {"from": "2024-01-01", "to": "2024-12-31"}
        else:
            clock = lambda: f"{dice.randint(0, 17):02}:{dice.choice(['00', '15', '30', '59'])}:00"
            query["range"] = {"from": f"{days[0]}T{clock()}+00:00", "to": f"{days[1]}T23:59:59.999{dice.choice(['+05:45', '-03:30', '+00:00'])}"}

    def before(self, query):
        """Compares with the period before; some ranges so that there is much in it, and some that are not over yet."""
        dice = self.dice
        query["compare"] = "previous_period"
        form = dice.random()
        if form < 0.25:
            months = dice.choice([1, 1, 3, 6])
            first = dice.randint(1 + months, 13 - months)
            last = date(2024 + (first + months > 12), (first + months - 1) % 12 + 1, 1) - timedelta(days=1)
            query["range"] = {"from": f"2024-{first:02}-01", "to": str(last)}
        elif form < 0.5:
            # The clocks change on the night after, within or before the days.
            night, days = date.fromisoformat(dice.choice(DAYS)), dice.choice([1, 2, 7, 14, 28, 60])
            first = night + timedelta(days=dice.choice([-days, -1, 0, 1]))
            query["range"] = {"from": str(first), "to": str(first + timedelta(days=days - 1))}
        elif form < 0.75:
            # Now is so far behind the beginning as a day of the year is behind that of the range before.
            today, night = date.fromtimestamp(time.time()), date.fromisoformat(dice.choice(DAYS[3:]))
            behind, length = dice.choice([0, 1, 2, 30, 60]), (today - night).days
            first = today - timedelta(days=behind)
            # What was really sent happened now.
            self.of(query, self.campaigns)
            query["range"] = {"from": str(first), "to": str(first + timedelta(days=length - 1))}
        if dice.random() < 0.6:
            query["granularity"] = dice.choice(["hour", "day", "week", "month", "quarter", "year"])
            query["dimensions"] = query["dimensions"][:1]

    def figures(self, query):
        """Filters on figures, with bounds at which rows really stand."""
        dice = self.dice
        _, groups, _ = expected(query, self.made_up)
        for _ in range(dice.choice([1, 1, 2])):
            metric = dice.choice(list(METRICS) + list(OWN_METRICS))
            found = {shown(metric, exact(metric, sums)) for sums in dice.sample(list(groups.values()), min(len(groups), 4))}
            found = sorted(value for value in found if value is not None and abs(value) < 10**6) or [0, 5]
            op = dice.choice(["greater_than", "at_least", "less_than", "at_most", "between", "equals", "not_equals", "is_set", "is_not_set"])
            bounds = {"between": [found[0], found[-1]], "is_set": [], "is_not_set": []}.get(op, [dice.choice(found)])
            texts = [f"{Decimal(int(bound * 10**9)).scaleb(-9):f}" for bound in bounds]
            query["having"].append({"metric": metric, "op": op, "values": texts})

    def order(self, query):
        dice = self.dice
        keys = query["metrics"] + query["dimensions"] + ([query["granularity"]] if "granularity" in query else [])
        if dice.random() < 0.6:
            query["sort"].append({"key": dice.choice(keys), "dir": dice.choice(["asc", "desc"])})

    def condition(self, query, depth):
        dice = self.dice
        if depth < 3 and dice.random() < 0.35:
            members = [self.condition(query, depth + 1) for _ in range(dice.choice([0, 1, 2, 2, 3]))]
            return {dice.choice(["all", "any", "none"]): members}
        name = dice.choice(DIMENSIONS + STEPS)
        if name in STEPS:
            return self.time_filter(query, name)
        if name in FLAGS:
            op = dice.choice(["is_true", "is_false", "equals", "not_equals"])
            return {"field": name, "op": op, "values": [dice.choice(["true", "false"])] if op.endswith("equals") else []}
        if name == "asn":
            op = dice.choice(["equals", "not_equals", "greater_than", "at_least", "less_than", "at_most", "between", "is_set", "is_not_set"])
            count = {"between": 2, "is_set": 0, "is_not_set": 0}.get(op, 1)
            return {"field": name, "op": op, "values": sorted(dice.choices(["3320", "7922", "64512", "5000"], k=count), key=int)}
        if name in TEXTS and dice.random() < 0.6:
            op = dice.choice(["contains", "not_contains", "begins_with", "ends_with", "matches", "not_matches"])
            pool = PATTERNS if "matches" in op else PIECES
            return {"field": name, "op": op, "values": dice.sample(pool, dice.choice([1, 1, 2]))}
        op = dice.choice(["equals", "equals", "not_equals", "is_set", "is_not_set"])
        known = WORDS.get(name) or self.values[name] or ["nothing"]
        values = [] if op.startswith("is_") else dice.sample(known, min(len(known), dice.choice([1, 1, 2, 3])))
        return {"field": name, "op": op, "values": values}

    def time_filter(self, query, name):
        dice, calendar = self.dice, Calendar(query["timezone"])
        found = sorted({calendar.part(name, dice.choice(self.made_up).click_ms) for _ in range(4)},
                       key=int if name in ("weekday", "hour_of_day") else str)
        ops = ["equals", "not_equals"] if name == "hour" else ["equals", "not_equals", "greater_than", "at_least", "less_than", "at_most", "between"]
        op = dice.choice(ops)
        if op == "between":
            return {"field": name, "op": op, "values": [found[0], found[-1]]}
        return {"field": name, "op": op, "values": [dice.choice(found)] if op not in ("equals", "not_equals") else found[:2]}

    def about_driven(self, query):
        """Of clicks that were really sent only some things are known; of conversions not their own time."""
        dice = self.dice
        query.update(bots="include", metrics=dice.sample(DRIVEN_METRICS, 6))
        self.of(query, self.driven_campaigns)
        steps = STEPS if query["basis"] == "click" else []
        query["dimensions"] = dice.sample(["campaign", "sub_id_1", "event", "conversion_status"] + steps, dice.choice([0, 1, 2, 3]))
        if dice.random() < 0.5:
            query["filters"].append({"field": "conversion_status", "op": "equals", "values": dice.sample(["none", "lead", "sale"], 2)})
        self.order(query)
        return query, dice.choice([None, 40]), self.driven
