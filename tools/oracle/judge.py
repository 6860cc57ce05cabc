"""What a report must answer, computed from facts, and how an answer is held against it."""
import re
from collections import defaultdict
from datetime import datetime, timedelta, timezone
from fractions import Fraction
from zoneinfo import ZoneInfo

from facts import NANO, nanos

TIMES = ("hour", "day", "week", "month", "quarter", "year", "weekday", "hour_of_day")
WORDS_UNKNOWN = {"connection_type": "unknown", "device_type": "unknown", "conversion_status": "none"}
NUMBERS = {"asn", "weekday", "hour_of_day"}


def average(value):
    """revenue / sales where there are more than two, else -1."""
    return value("revenue") / value("sales") if value("sales") > 2 else Fraction(-1)


def known_roi(value):
    roi, rate = value("roi"), value("cr")
    return None if rate is None else (Fraction(0) if roi is None else roi) + min(rate, Fraction(50)) / 3


# Metrics of the workspace's own: formula, format, and the same by hand.
OWN_METRICS = {
    "custom_oracle_a": ("(revenue − cost) ÷ max(clicks, 1)", "money", lambda value: value("profit") / max(value("clicks"), Fraction(1))),
    "custom_oracle_b": ("if(sales > 2, revenue / sales, -1)", "number", average),
    "custom_oracle_c": ("coalesce(roi, 0) + min(cr, 50) / 3", "percent", known_roi),
}

# Sums as written in the formulas of the documentation. "percent", "ratio", "per" (money for each) and "seconds" are divided.
P, H = "revenue - cost", "confirmed - cost"
METRICS = {
    "clicks": ("count", "clicks"), "unique_clicks": ("count", "unique"), "unique_stream_clicks": ("count", "unique_stream"),
    "unique_workspace_clicks": ("count", "unique_workspace"), "unique_rate": ("percent", "unique", "clicks"),
    "unique_stream_rate": ("percent", "unique_stream", "clicks"), "unique_workspace_rate": ("percent", "unique_workspace", "clicks"),
    "bots": ("count", "bots"), "bot_rate": ("percent", "bots", "clicks"), "trafficback": ("count", "trafficback"),
    "trafficback_rate": ("percent", "trafficback", "clicks"), "empty_referrers": ("count", "empty_referrers"),
    "empty_referrer_rate": ("percent", "empty_referrers", "clicks"), "landing_views": ("count", "landing_views"),
    "landing_clicks": ("count", "landing_clicks"), "landing_hits": ("count", "landing_hits"),
    "lp_ctr": ("percent", "landing_clicks", "landing_views"), "lp_click_rate": ("percent", "landing_clicks", "clicks"),
    "time_on_landing": ("seconds", "landing_ms", "landing_clicks"), "conversions": ("count", "conversions"),
    "leads": ("count", "leads"), "sales": ("count", "sales"), "rejected": ("count", "rejected"), "trash": ("count", "trash"),
    "rebills": ("count", "rebills"), "registrations": ("count", "registrations"), "deposits": ("count", "deposits"),
    "cr": ("percent", "conversions", "clicks"), "cr_sales": ("percent", "sales", "clicks"),
    "cr_leads": ("percent", "leads", "clicks"), "cr_registrations": ("percent", "registrations", "clicks"),
    "cr_deposits": ("percent", "deposits", "clicks"), "cr_unique": ("percent", "conversions", "unique"),
    "cr_landing": ("percent", "conversions", "landing_clicks"), "deposit_rate": ("percent", "deposits", "registrations"),
    "approve": ("percent", "sales", "leads + sales + rejected"), "approve_all": ("percent", "sales", "leads + sales + rejected + trash"),
    "reject_rate": ("percent", "rejected", "leads + sales + rejected"), "trash_rate": ("percent", "trash", "conversions"),
    "revenue": ("money", "confirmed + hold"), "revenue_confirmed": ("money", "confirmed"), "revenue_hold": ("money", "hold"),
    "revenue_rejected": ("money", "revenue_rejected"), "revenue_leads": ("money", "revenue_leads"),
    "revenue_sales": ("money", "revenue_sales"), "revenue_rebills": ("money", "revenue_rebills"),
    "revenue_registrations": ("money", "revenue_registrations"), "revenue_deposits": ("money", "revenue_deposits"),
    "cost": ("money", "cost"), "cost_conversions": ("money", "cost_conversions"), "cost_corrections": ("money", "cost_corrections"),
    "profit": ("money", P), "profit_confirmed": ("money", H), "roi": ("percent", P, "cost"), "roi_confirmed": ("percent", H, "cost"),
    "margin": ("percent", P, "revenue"), "margin_confirmed": ("percent", H, "confirmed"), "roas": ("ratio", "revenue", "cost"),
    "roas_confirmed": ("ratio", "confirmed", "cost"), "epc": ("per", "revenue", "clicks"), "epc_confirmed": ("per", "confirmed", "clicks"),
    "uepc": ("per", "revenue", "unique"), "epv": ("per", "revenue", "landing_views"), "eplc": ("per", "revenue", "landing_clicks"),
    "ppc": ("per", P, "clicks"), "cpc": ("per", "cost", "clicks"), "ucpc": ("per", "cost", "unique"),
    "cplc": ("per", "cost", "landing_clicks"), "cpm": ("per1000", "cost", "clicks"), "cpa": ("per", "cost", "conversions"),
    "cps": ("per", "cost", "sales"), "cpl": ("per", "cost", "leads"), "cpr": ("per", "cost", "registrations"),
    "cpd": ("per", "cost", "deposits"), "aov": ("per", "revenue", "conversions"), "aov_confirmed": ("per", "confirmed", "conversions"),
    "ecpm": ("per1000", "revenue", "clicks"), "ecpm_confirmed": ("per1000", "confirmed", "clicks"),
    "time_to_convert": ("seconds", "convert_ms", "conversions"), "event_1": ("number", "event_1"),
}


def exact(name, sums):
    """The exact value in plain units, or None."""
    if name in OWN_METRICS:
        return OWN_METRICS[name][2](lambda other: exact(other, sums))
    form, *parts = METRICS[name]
    top = sum((-1 if "- " + word in parts[0] else 1) * sums[word] for word in re.findall(r"\w+", parts[0]))
    if form == "count":
        return Fraction(top)
    if form in ("money", "number"):
        return Fraction(top, NANO)
    bottom = sum(sums[word] for word in re.findall(r"\w+", parts[1]))
    if bottom == 0:
        return None
    unit = {"percent": Fraction(100), "ratio": Fraction(1), "seconds": Fraction(1, 1000), "per": Fraction(1, NANO),
            "per1000": Fraction(1000, NANO)}[form]
    return Fraction(top, bottom) * unit


def decimals(name):
    form = OWN_METRICS[name][1] if name in OWN_METRICS else METRICS[name][0]
    return 9 if form in ("money", "per", "per1000") else 6


def shown(name, value):
    """The value as it is shown: rounded half away from zero."""
    if value is None:
        return None
    scale = 10 ** decimals(name)
    size = (abs(value) * scale * 2 + 1) // 2
    return Fraction(size if value >= 0 else -size, scale)


class Calendar:
    """Wall clocks of one zone."""

    def __init__(self, name):
        self.zone = ZoneInfo(name)
        self.known, self.begun = {}, {}

    def of(self, ms):
        second = ms // 1000
        if second not in self.known:
            self.known[second] = datetime.fromtimestamp(second, self.zone)
        return self.known[second]

    def begin(self, day):
        if day not in self.begun:
            self.begun[day] = self.find_begin(day)
        return self.begun[day]

    def find_begin(self, day):
        """The first moment of a day, whatever its clocks do around midnight; all offsets are multiples of 15 minutes."""
        date = datetime.strptime(day, "%Y-%m-%d").replace(tzinfo=timezone.utc)
        moment = date - timedelta(hours=16)
        while moment.astimezone(self.zone).date() != date.date():
            moment += timedelta(minutes=15)
        return int(moment.timestamp()) * 1000

    def part(self, name, ms):
        local = self.of(ms)
        date = local.date()
        if name == "hour":
            minutes = int(local.utcoffset().total_seconds()) // 60
            sign, size = ("-", -minutes) if minutes < 0 else ("+", minutes)
            return f"{date}T{local.hour:02}:00:00{sign}{size // 60:02}:{size % 60:02}"
        if name == "week":
            date -= timedelta(days=date.weekday())
        elif name == "month":
            date = date.replace(day=1)
        elif name == "quarter":
            date = date.replace(day=1, month=(date.month - 1) // 3 * 3 + 1)
        elif name == "year":
            date = date.replace(day=1, month=1)
        elif name == "weekday":
            return str(date.isoweekday())
        elif name == "hour_of_day":
            return str(local.hour)
        return str(date)


class Reader:
    """A query held against facts, one at a time."""

    def __init__(self, query):
        self.query = query
        self.calendar = Calendar(query["timezone"])
        self.on_click = query["basis"] == "click"
        step = query.get("granularity")
        self.names = ([step] if step else []) + [name for name in query["dimensions"] if name != step]
        self.range = (None, None)
        if "from_ms" in query["range"]:
            self.range = query["range"]["from_ms"], query["range"]["to_ms"]
        elif "from" in query["range"]:
            ends = query["range"]["from"], query["range"]["to"]
            self.range = self.moment(ends[0], 0), self.moment(ends[1], 1)

    def moment(self, text, further):
        if len(text) > 10:
            return round(datetime.fromisoformat(text).timestamp() * 1000)
        day = datetime.strptime(text, "%Y-%m-%d") + timedelta(days=further)
        return self.calendar.begin(day.strftime("%Y-%m-%d"))

    def value(self, fact, name):
        if name in TIMES:
            return self.calendar.part(name, fact.click_ms if self.on_click else fact.at_ms)
        return fact.dims.get(name, "")

    def takes(self, fact):
        at = fact.click_ms if self.on_click else fact.at_ms
        if self.range[0] is not None and not self.range[0] <= at < self.range[1]:
            return False
        if self.query["bots"] != "include" and fact.is_bot != (self.query["bots"] == "only"):
            return False
        return all(self.holds(fact, condition) for condition in self.query["filters"])

    def holds(self, fact, condition):
        for word, joined in (("all", all), ("any", any)):
            if word in condition:
                return joined(self.holds(fact, member) for member in condition[word])
        if "none" in condition:
            return not any(self.holds(fact, member) for member in condition["none"])
        name, op, values = condition["field"], condition["op"], condition.get("values", [])
        found = self.value(fact, name)
        unknown = WORDS_UNKNOWN.get(name)
        values = ["" if unknown == value else value for value in values]
        if name in NUMBERS:
            found, values = int(found or 0), [int(value) for value in values]
        return OPERATORS[op](found, values)


def folded(text):
    return text.lower()


OPERATORS = {
    "equals": lambda found, values: found in values,
    "not_equals": lambda found, values: found not in values,
    "greater_than": lambda found, values: found > values[0],
    "at_least": lambda found, values: found >= values[0],
    "less_than": lambda found, values: found < values[0],
    "at_most": lambda found, values: found <= values[0],
    "between": lambda found, values: values[0] <= found <= values[1],
    "contains": lambda found, values: any(folded(value) in folded(found) for value in values),
    "not_contains": lambda found, values: not any(folded(value) in folded(found) for value in values),
    "begins_with": lambda found, values: any(found.startswith(value) for value in values),
    "ends_with": lambda found, values: any(found.endswith(value) for value in values),
    "matches": lambda found, values: any(re.search(value, found) for value in values),
    "not_matches": lambda found, values: not any(re.search(value, found) for value in values),
    "is_set": lambda found, values: found not in ("", 0),
    "is_not_set": lambda found, values: found in ("", 0),
    "is_true": lambda found, values: found == "true",
    "is_false": lambda found, values: found == "false",
}


def expected(query, facts):
    """Rows by the values of their dimensions, and totals; sums of each."""
    reader = Reader(query)
    groups, kinds, totals = defaultdict(lambda: defaultdict(int)), defaultdict(set), defaultdict(int)
    for fact in facts:
        if not reader.takes(fact):
            continue
        key = tuple(reader.value(fact, name) for name in reader.names)
        kinds[key].add(fact.kind)
        for name, amount in fact.measures.items():
            groups[key][name] += amount
            totals[name] += amount
    # Corrections that were taken back, or changed nothing, leave no row behind.
    for key in [key for key, kind in kinds.items() if kind == {"cost"} and groups[key]["cost"] == 0]:
        del groups[key]
    if not reader.names:
        groups = {(): totals}
    if query["having"]:
        # Totals are those of the rows that are left.
        groups = {key: sums for key, sums in groups.items() if all(kept(sums, figure) for figure in query["having"])}
        totals = defaultdict(int)
        for sums in groups.values():
            for name, amount in sums.items():
                totals[name] += amount
    return reader.names, groups, totals


def kept(sums, figure):
    """Whether a row has such a figure, compared as it is shown; where there is none no comparison holds."""
    value = shown(figure["metric"], exact(figure["metric"], sums))
    if figure["op"] == "is_not_set":
        return value is None
    if value is None or figure["op"] == "is_set":
        return value is not None
    return OPERATORS[figure["op"]](value, [Fraction(text) for text in figure["values"]])


def compare(query, truth, before, answer, seen):
    """What is wrong with the answer, in sentences; nothing when it is right. `before`: rows and totals of the period before, if asked for."""
    names, groups, totals = truth
    wrong = []

    def figures(where, found, sums):
        for metric in query["metrics"]:
            want = shown(metric, exact(metric, sums))
            have = found[metric]
            have = have if have is None else Fraction(have if isinstance(have, int) else Fraction(nanos(have), NANO))
            seen["figures"] += 1
            seen["nulls"] += want is None
            if want != have:
                wrong.append(f"{where}: {metric} is {found[metric]!r}, must be {want if want is None else float(want)!r} ({want})")

    def compared(where, found, sums):
        if (found is None) != (sums is None):
            wrong.append(f"{where}: the period before has {found!r}, must be {sums and dict(sums)}")
        elif found is not None:
            seen["compared"] += 1
            figures(f"{where}, before", found, sums)

    if answer["total_rows"] != len(groups):
        wrong.append(f"{answer['total_rows']} rows, must be {len(groups)}")
    order = []
    for row in answer["rows"]:
        key = tuple(row["keys"][name]["id"] for name in names)
        if key not in groups or key in order:
            wrong.append(f"there is no such row, or it comes twice: {key} {row['metrics']}")
            continue
        order.append(key)
        figures(key, row["metrics"], groups[key])
        compared(key, row["compare"], before and before[0].get(key))
    wrong += [f"the row {key} is missing: {dict(groups[key])}" for key in set(groups) - set(order)]
    figures("totals", answer["totals"]["metrics"], totals)
    compared("totals", answer["totals"]["compare"], before and before[1])
    seen["rows"] += len(order)
    return wrong or unordered(query, names, groups, order)


def unordered(query, names, groups, order):
    """Whether rows come in another order than was asked for."""
    if not query["sort"]:
        return []
    key, descending = query["sort"][0]["key"], query["sort"][0]["dir"] == "desc"
    if key in names:
        values = [row[names.index(key)] for row in order]
        if key not in ("day", "week", "month", "quarter", "year"):
            return []
    else:
        values = [exact(key, groups[row]) for row in order]
    known = [value for value in values if value is not None]
    if values[:len(known)] != known:
        return [f"rows without {key} do not come last"]
    pairs = zip(known, known[1:])
    # Quotients are ordered as floating point numbers: those that are nearly the same may change places.
    near = lambda a, b: not isinstance(a, str) and abs(a - b) <= abs(a) / 10**12
    if any((a < b if descending else a > b) and not near(a, b) for a, b in pairs):
        return [f"rows are not ordered by {key}"]
    return []
