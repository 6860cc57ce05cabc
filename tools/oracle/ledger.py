"""What received postbacks come to: from the raw log and the configuration to conversions, by the words of docs/guide/postbacks.md alone.

Amounts are whole numbers of 10^-9. Nothing here knows how the product judges: each postback is read, put beside the others of its
conversion in the order of receipt, and the policy of the type says what they make together.
"""
import re
from urllib.parse import parse_qsl

from facts import CONFIRMED, COUNTED, HELD, NANO, nanos

CLICK_ID = "subid sub_id clickid click_id cid cnv_id cf_click_id hit sid sbx_click".split()
AMOUNT = "payout revenue sum amount profit".split()
STATUS = "status cnv_status type et ct event".split()
SECOND = "cnv_status2 status2 status_2".split()
TRANSACTION = "tid txid transaction_id transactionid rdtk_event_id order_id orderid oid".split()
CURRENCY = "currency cnv_currency".split()
WORDS = {
    "lead": "lead hold pending new wait processing in_progress 0",
    "sale": "sale confirmed approved accepted approve purchase paid success 1",
    "rejected": "rejected declined decline cancelled canceled refused refund chargeback 2",
    "trash": "trash junk spam duplicate invalid fake",
    "rebill": "rebill upsell recurring",
    "registration": "reg registration signup",
    "deposit": "dep ftd deposit",
}
USUAL = {word: status for status, words in WORDS.items() for word in words.split()}
MAIN = {"lead", "sale", "rejected", "trash"}
IDENTITY = re.compile(r"[0-9a-hjkmnp-tv-z]{26}", re.IGNORECASE)
LITERAL = re.compile(r"\{.+\}|\[.+\]|\$\{.+\}|%%.+%%|#.+#|__.+__|<.+>|REPLACE|OPTIONAL|REPLACE_ME", re.DOTALL)
DAY = 86_400_000


class Refused(Exception):
    """The code of a postback that counts nothing."""


def half_away(numerator, denominator):
    sign = -1 if numerator < 0 else 1
    return sign * ((2 * abs(numerator) + denominator) // (2 * denominator))


def classes(status):
    """Whether a status counts, and whether it earns."""
    if status.startswith("custom"):
        row = (int(status[6:]) - 1) // 8
        return row in (0, 1), row in (0, 2)
    return status in COUNTED, status in CONFIRMED or status in HELD


def kind(status):
    return "main" if status in MAIN else status


def read_amount(text):
    """The usual ways of writing an amount; `None` when it is none, or one that can be read in two ways."""
    bare = re.sub(r"[\s'_]", "", text).replace("\u2212", "-")
    found = re.fullmatch(r"([$€£]?)([+-]?)([$€£]?)(?:[A-Za-z]{3})?([0-9.,]+)(?:[A-Za-z]{3})?[$€£]?", bare)
    if not found:
        return None
    sign, digits = found.group(2), found.group(4)
    if re.fullmatch(r"[0-9]*\.?[0-9]+|[0-9]+\.", digits):
        plain = digits
    elif re.fullmatch(r"[0-9]*,[0-9]+", digits):
        whole, fraction = digits.split(",")
        if len(fraction) == 3 and whole not in ("", "0"):
            return None
        plain = whole + "." + fraction
    elif re.fullmatch(r"[0-9]{1,3}(,[0-9]{3})+(\.[0-9]+)?", digits):
        plain = digits.replace(",", "")
    elif re.fullmatch(r"[0-9]{1,3}(\.[0-9]{3})+(,[0-9]+)?", digits):
        plain = digits.replace(".", "").replace(",", ".")
    else:
        return None
    if len(plain.partition(".")[2]) > 9:
        return None
    whole, _, fraction = plain.partition(".")
    value = int(whole or 0) * NANO + int((fraction + "0" * 9)[:9])
    return -value if sign == "-" else value


class Reading:
    """What one postback says."""

    def __init__(self, row, book):
        pairs = [(name.strip().lower(), value.strip()) for name, value in parse_qsl(row["query"], keep_blank_values=True)]
        self.pairs = [(name, value) for name, value in pairs if value]
        journal, _, number = row["id"].partition("-")
        self.order = (row["at"], journal, int(number))
        self.network = row["network"]["id"]
        self.click = self.click_id()
        self.status = self.read_status(book)
        currency = self.value(CURRENCY)
        if currency and not LITERAL.fullmatch(currency) and not re.fullmatch("[A-Za-z]{3}", currency):
            raise Refused("currency_malformed")
        self.currency = currency.upper() if currency and not LITERAL.fullmatch(currency) else None
        amount = self.value(AMOUNT)
        if amount and LITERAL.fullmatch(amount):
            raise Refused("macro_not_replaced")
        self.amount = read_amount(amount) if amount else None
        if amount and self.amount is None:
            raise Refused("payout_not_a_number")
        transaction = self.value(TRANSACTION) or ""
        self.transaction = "" if LITERAL.fullmatch(transaction) else transaction
        if len(self.transaction.encode()) > 200:
            raise Refused("transaction_too_long")
        second = self.value(SECOND) or ""
        self.second = "" if LITERAL.fullmatch(second) else second[:60]

    def value(self, names):
        for name in names:
            for key, value in self.pairs:
                if key == name:
                    return value
        return None

    def lists(self, name, word):
        return word.lower() in [item.strip().lower() for item in (self.value([name]) or "").split(",")]

    def click_id(self):
        text = self.value(CLICK_ID)
        if text is None:
            raise Refused("click_id_missing")
        if LITERAL.fullmatch(text):
            raise Refused("macro_not_replaced")
        if not IDENTITY.fullmatch(text):
            raise Refused("click_id_malformed")
        return text.lower()

    def read_status(self, book):
        word = self.value(STATUS)
        if word is None:
            extra = any((self.value([name]) or "").lower() in ("1", "true", "yes", "on") for name in ("upsell", "cladd"))
            return "rebill" if extra else "sale"
        if LITERAL.fullmatch(word):
            raise Refused("macro_not_replaced")
        if self.lists("ignore_status", word) or self.lists("ignore", word):
            raise Refused("status_ignored")
        for status in list(WORDS) + [f"custom{number}" for number in range(1, 33)]:
            if self.lists(status + "_status", word):
                return status
        low = word.lower()
        for meant in (book.words[self.network].get(low), book.type_words.get(low), USUAL.get(low)):
            if meant:
                return meant
        raise Refused("status_unknown")


class Book:
    """The configuration and the clicks, as the API gives them."""

    def __init__(self, said):
        self.workspace = said["workspace"]
        self.networks = {it["id"]: it for it in said["networks"]}
        self.destinations = {it["id"]: it for it in said["destinations"]}
        self.campaigns = {it["id"]: it for it in said["campaigns"]}
        self.words = {key: {it["word"].strip().lower(): it["status"] for it in network["statuses"]}
                      for key, network in self.networks.items()}
        types = self.workspace.get("conversion_types") or []
        self.type_words = {word.strip().lower(): it["status"] for it in types if it["status"].startswith("custom")
                           for word in [it["name"]] + (it.get("words") or [])}
        self.repeat = {it["status"]: it["repeat"] for it in types}
        # Rates that hold from the beginning on: those with a day are for other drills.
        self.rates = {it["currency"]: nanos(it["rate"]) for it in self.workspace.get("rates") or []}
        self.clicks = {it["id"]: it for it in said["clicks"]}

    def policy(self, status):
        return self.repeat.get("sale" if status in MAIN else status, "transaction")

    def convert(self, amount, currency):
        if currency == self.workspace["currency"]:
            return amount
        if currency not in self.rates:
            raise Refused("no_rate")
        return half_away(amount * self.rates[currency], NANO)

    def payout(self, reading, click):
        """What is paid whatever the postback says, or nothing."""
        destination = self.destinations[click["destination"]["id"]]
        country = click["visitor"]["country"]
        for rule in destination.get("payout_rules") or []:
            countries = [it.upper() for it in rule.get("countries") or []]
            if (not rule.get("statuses") or reading.status in rule["statuses"]) and (not countries or country in countries):
                return rule["payout"]
        return destination["payout"] if reading.status in MAIN else {"type": "auto"}

    def price(self, reading, click):
        """Amount, currency and worth; `None` when nobody names an amount."""
        destination = self.destinations[click["destination"]["id"]]
        usual = self.networks[reading.network].get("currency") or destination.get("currency") or self.workspace["currency"]
        payout = self.payout(reading, click)
        if payout["type"] == "fixed":
            amount, currency = nanos(payout["amount"]), usual
        else:
            amount, currency = reading.amount, reading.currency or usual
        if amount is None:
            return None, currency, None
        return amount, currency, self.convert(amount, currency)

    def cost(self, click, status, worth):
        cost, (counts, earns) = self.campaigns[click["campaign"]["id"]]["cost"], classes(status)
        if not earns:
            return 0
        if cost["model"] == "cpa":
            return nanos(cost["amount"]) if counts else 0
        if cost["model"] == "rev_share":
            return half_away(worth * nanos(cost["percent"]), 100 * NANO)
        return 0


def steps_back(word, status):
    return status == "lead" and word != "lead"


def worth_after(before, reading):
    """Amount, currency and worth of a postback after the word `before`, whose amount it keeps when it names none."""
    amount, currency, worth = reading.price
    if amount is None:
        return before[2:] if before else (0, currency, 0)
    return amount, currency, worth


def last_word(readings, keeps_amount):
    word = None
    for reading in readings:
        if word and (steps_back(word[0], reading.status) or (keeps_amount and word[0] == reading.status)):
            continue
        word = (reading.status, reading.second) + worth_after(word, reading)
    return word


def total(readings, home):
    """Amounts of all transactions together; those that earn nothing are left out as long as another one earns."""
    transactions = []
    for reading in readings:
        known = next((it for it in transactions if it[0] and it[0] == reading.transaction), None)
        if known and steps_back(known[1][0], reading.status):
            continue
        word = (reading.status, reading.second) + worth_after(known and known[1], reading)
        if known:
            known[1] = word
        else:
            transactions.append([reading.transaction, word])
    words = [word for _, word in transactions]
    words = [word for word in words if classes(word[0])[1]] or words
    status = None
    for word in words:
        if not (status and steps_back(status, word[0])):
            status = word[0]
    worth = sum(word[4] for word in words)
    currencies = {word[3] for word in words}
    amount, currency = (sum(word[2] for word in words), currencies.pop()) if len(currencies) == 1 else (worth, home)
    return (status, readings[-1].second, amount, currency, worth)


def judge(rows, book):
    """From rows of the log to conversions by (click, kind, transaction), and the verdict of each row: a code, `orphan` or `counts`."""
    groups, verdicts = {}, {}
    for row in rows:
        try:
            reading = Reading(row, book)
            click = book.clicks.get(reading.click)
            if click is None:
                verdicts[row["id"]] = "orphan"
                continue
            days = book.campaigns[click["campaign"]["id"]].get("lookback_days")
            if days and (reading.order[0] - click["at"]) // DAY >= days:
                raise Refused("beyond_lookback")
            reading.price = book.price(reading, click)
            if reading.price[0] is None:
                book.convert(0, reading.price[1])
        except Refused as refused:
            verdicts[row["id"]] = str(refused)
            continue
        verdicts[row["id"]] = "counts"
        policy = book.policy(reading.status)
        key = (reading.network, reading.click, kind(reading.status), reading.transaction if policy == "transaction" else "")
        groups.setdefault(key, []).append(reading)
    conversions = {}
    for key, readings in groups.items():
        readings.sort(key=lambda reading: reading.order)
        policy, click = book.policy(readings[-1].status), book.clicks[key[1]]
        if policy == "add":
            word = total(readings, book.workspace["currency"])
        else:
            word = last_word(readings, policy == "keep")
        status, second, amount, currency, worth = word
        conversions[key] = {"status": status, "second_status": second, "original_payout": amount, "original_currency": currency,
                            "payout": worth, "cost": book.cost(click, status, worth), "campaign": click["campaign"]["id"]}
    return conversions, verdicts
