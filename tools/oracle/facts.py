"""From the ledger to facts: what happened, when, under which dimensions, and what it counts for.

A conversion is one fact, in the state that its last report left it in: reports do not remember what it was before.
"""

NANO = 10**9
FALLBACKS = {"no_stream", "no_destination", "campaign_paused", "cap_reached", "loop", "exhausted"}
# Which statuses count as a conversion, and whose money is confirmed or on hold.
COUNTED = {"lead", "sale", "rejected", "trash", "registration", "deposit"}
CONFIRMED = {"sale", "rebill", "deposit"}
HELD = {"lead", "registration"}
PLURAL = {"lead": "leads", "sale": "sales", "rejected": "rejected", "trash": "trash", "rebill": "rebills",
          "registration": "registrations", "deposit": "deposits"}
LETTERS = "0123456789abcdefghjkmnpqrstvwxyz"


def nanos(text):
    """`-1.25` as a whole number of 10^-9."""
    sign, digits = (-1, text[1:]) if text.startswith("-") else (1, text)
    whole, _, fraction = digits.partition(".")
    return sign * (int(whole) * NANO + int((fraction + "0" * 9)[:9]))


def rounded(numerator, denominator):
    """The nearest whole number of a fraction that is not negative; a half goes up."""
    return (2 * numerator + denominator) // (2 * denominator)


class Fact:
    """Something that happened. `click_ms` and `at_ms` are its two times."""

    def __init__(self, kind, click_ms, at_ms, dims, measures):
        self.kind, self.click_ms, self.at_ms, self.measures = kind, click_ms, at_ms, measures
        self.dims = dict(dims, event=kind)
        self.dims.setdefault("conversion_status", "")
        bot, referrer = dims.get("bot_reason", ""), dims.get("referrer_domain", "")
        self.is_bot = bot != ""
        self.dims["is_bot"] = "true" if bot else "false"
        self.dims["is_empty_referrer"] = "true" if referrer == "" else "false"


class Visit:
    """A click and everything that followed from it."""

    def __init__(self, line, order):
        self.at, self.dims, self.unique, self.order = line["at_ms"], line["dims"], line["unique"], order
        self.trafficback = line["outcome"] in FALLBACKS
        self.cost = nanos(line["cost"])
        self.corrected = 0
        self.on_conversion = line["cost_on_conversion"]
        self.goings = []
        self.conversions = {}
        self.corrections = []

    def cost_of(self, status, payout):
        if self.on_conversion is None or status in ("rejected", "trash"):
            return 0
        if "each" in self.on_conversion:
            return nanos(self.on_conversion["each"]) if status in COUNTED else 0
        if "lead" in self.on_conversion:
            return nanos(self.on_conversion["lead"]) if status in ("lead", "sale") else 0
        return rounded(payout * self.on_conversion["share_ppm"], 1_000_000)

    def facts(self):
        said = {True: "true", False: "false"}
        of_click = dict(self.dims, is_unique=said[self.unique["campaign"]], is_unique_stream=said[self.unique["stream"]],
                        is_unique_workspace=said[self.unique["workspace"]], is_trafficback=said[self.trafficback])
        is_bot = self.dims.get("bot_reason", "") != ""
        yield Fact("click", self.at, self.at, of_click, {
            "clicks": 1, "unique": int(self.unique["campaign"]), "unique_stream": int(self.unique["stream"]),
            "unique_workspace": int(self.unique["workspace"]), "bots": int(is_bot), "trafficback": int(self.trafficback),
            "landing_views": int(self.dims.get("landing", "") != ""), "cost": self.cost,
            "empty_referrers": int(self.dims.get("referrer_domain", "") == "")})
        dims = self.dims
        for going in sorted(self.goings, key=lambda going: going["at_ms"]):
            dims = dict(self.dims, destination=going["destination"], network=going["network"])
            stayed = going["at_ms"] - self.at if going["first"] else 0
            yield Fact("landing_click", self.at, going["at_ms"], dims,
                       {"landing_clicks": int(going["first"]), "landing_hits": 1, "landing_ms": stayed})
        for reports in self.conversions.values():
            first, last = reports[0], reports[-1]
            yield self.conversion(first, last, dict(dims, network=dims.get("network") or first["network"]))
        for difference in self.corrections:
            under = dict(self.dims, is_unique=said[self.unique["campaign"]])
            yield Fact("cost", self.at, self.at, under, {"cost": difference, "cost_corrections": difference})

    def conversion(self, first, last, dims):
        status, payout = last["status"], nanos(last["payout"])
        counts = int(status in COUNTED)
        cost = self.cost_of(status, payout)
        measures = {"conversions": counts, PLURAL[status]: 1, "cost": cost, "cost_conversions": cost,
                    "convert_ms": (first["at_ms"] - self.at) * counts}
        if status in CONFIRMED or status in HELD:
            measures["revenue"] = payout
            measures["confirmed" if status in CONFIRMED else "hold"] = payout
            measures["revenue_" + PLURAL[status]] = payout
        if status == "rejected":
            measures["revenue_rejected"] = payout
        return Fact("conversion", self.at, first["at_ms"], dict(dims, conversion_status=status), measures)


def correct(visits, line):
    """A correction of costs, as the documentation describes it: the amount is spread evenly, the rest goes to the earliest clicks."""
    def meant(visit):
        is_bot = visit.dims.get("bot_reason", "") != ""
        return (line["from_ms"] <= visit.at < line["to_ms"] and visit.dims["campaign"] == line["campaign"]
                and (line["bots"] == "include" or is_bot == (line["bots"] == "only"))
                and (visit.unique["campaign"] or not line["only_unique"]))
    clicks = sorted((visit for visit in visits if meant(visit)), key=lambda visit: (visit.at, visit.order))
    amount = nanos(line["amount"])
    share, rest = (amount, 0) if line["spread"] == "per_click" else divmod(amount, len(clicks))
    for place, visit in enumerate(clicks):
        cost = share + int(place < rest)
        difference = cost if line["mode"] == "add" else cost - visit.cost - visit.corrected
        visit.corrections.append(difference)
        if line["undone"]:
            visit.corrections.append(-difference)
        else:
            visit.corrected += difference
    return len(clicks)


def moment_of(click_id):
    """The milliseconds that a click id begins with."""
    number = 0
    for letter in click_id:
        number = number * 32 + LETTERS.index(letter)
    return number >> 80


def facts_of(lines):
    """Facts of the made-up year, and of what the generator of traffic sent just now."""
    visits, driven, corrections, campaigns = {}, {}, [], {}
    for order, line in enumerate(lines):
        kind = line["kind"]
        if kind == "visit":
            visits[line["id"]] = Visit(line, order)
        elif kind == "going_on":
            visits[line["visit"]].goings.append(line)
        elif kind == "report":
            visits[line["visit"]].conversions.setdefault((line["network"], line["transaction"]), []).append(line)
        elif kind == "correction":
            corrections.append(line)
        elif kind == "campaign":
            campaigns[line["slug"]] = line["id"]
        elif line["outcome"].keys() != {"answered"}:
            raise SystemExit(f"the ledger holds a request without an answer: {line}")
        elif kind == "click":
            driven[line["click_id"]] = line, []
        elif kind == "postback":
            driven[line["click_id"]][1].append(line)
    for line in corrections:
        if correct(visits.values(), line) != line["clicks"]:
            raise SystemExit(f"a correction changed another number of clicks than the oracle finds: {line}")
    made_up = [fact for visit in visits.values() for fact in visit.facts()]
    return made_up, [fact for click, postbacks in driven.values() for fact in driven_facts(click, postbacks, campaigns)]


def driven_facts(click, postbacks, campaigns):
    """What is known of a click that was really sent: its moment, its link and what was reported; when, is not known to the millisecond."""
    at = moment_of(click["click_id"])
    dims = {"campaign": campaigns[click["campaign"]], "sub_id_1": click["sub_id"]}
    yield Fact("click", at, at, dims, {"clicks": 1, "cost": nanos(click["cost"])})
    if postbacks:
        line = {"at_ms": at, "dims": dims, "unique": None, "outcome": "routed", "cost": click["cost"], "cost_on_conversion": None}
        yield Visit(line, 0).conversion({"at_ms": at}, postbacks[-1], dims)
