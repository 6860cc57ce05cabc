"""The period before a range, and which of its rows stands beside which: by the calendar, with Python's own dates and zones."""
from datetime import date, datetime, timedelta
from functools import lru_cache

from judge import Reader, expected

QUARTER_MS = 15 * 60_000
APART = {"week": ("days", 7), "month": ("months", 1), "quarter": ("months", 3), "year": ("months", 12)}


class Before:
    """The period before that of a query, when the clock says `now` (milliseconds)."""

    def __init__(self, query, now):
        self.query, self.reader = query, Reader(query)
        self.calendar = self.reader.calendar
        (self.first, self.at_first), (self.end, self.at_end) = (self.clock(moment) for moment in self.reader.range)
        self.unit, self.far = "ms", self.reader.range[1] - self.reader.range[0]
        if self.at_first == self.at_end and self.first < self.end:
            self.unit, self.far = "days", (self.end - self.first).days
            if self.at_first == 0 and self.first.day == self.end.day == 1:
                self.unit = "months"
                self.far = 12 * (self.end.year - self.first.year) + self.end.month - self.first.month
        start, self.now = self.reader.range[0], now
        self.range = self.earlier(start), start
        if now < self.reader.range[1]:
            self.range = self.range[0], min(start, self.earlier(now))
        self.is_there = self.range[0] < self.range[1]

    def clock(self, ms):
        """A day and the milliseconds that its clock has run through; the first moment of a day is 0."""
        local = self.calendar.of(ms)
        day = local.date()
        if self.calendar.begin(str(day)) == ms:
            return day, 0
        return day, (local.hour * 3600 + local.minute * 60 + local.second) * 1000 + ms % 1000

    def moment(self, day, clock):
        """When a clock shows that for the first time; when it is put past it, as much later."""
        begin = self.calendar.begin(str(day))
        if clock == 0:
            return begin
        quarter, rest = clock // QUARTER_MS * QUARTER_MS, clock % QUARTER_MS
        for at in range(begin, begin + 27 * 3_600_000, QUARTER_MS):
            shown = self.clock_only(at)
            if self.calendar.of(at).date() == day and shown == quarter:
                return at + rest
        # Skipped: counted on with the offset from before the change.
        noon_before = self.calendar.of(self.calendar.begin(str(day)))
        naive = (day - date(1970, 1, 1)).days * 86_400_000 + clock
        return naive - round(noon_before.utcoffset().total_seconds()) * 1000

    def clock_only(self, ms):
        local = self.calendar.of(ms)
        return (local.hour * 60 + local.minute) * 60_000

    def earlier(self, ms):
        if self.unit == "ms":
            return ms - self.far
        day, clock = self.clock(ms)
        if self.unit == "days":
            return self.moment(day - timedelta(days=self.far), clock)
        year, month = divmod(12 * day.year + day.month - 1 - self.far, 12)
        try:
            return self.moment(date(year, month + 1, day.day), clock)
        except ValueError:
            year, month = divmod(12 * year + month + 1, 12)
            return self.calendar.begin(str(date(year, month + 1, 1)))

    def day_of(self, day):
        """The day of this period that stands beside one of the period before; None when there is none."""
        if self.unit == "days":
            return day + timedelta(days=self.far)
        if self.unit == "ms":
            return day + (self.first - self.clock(self.range[0])[0])
        year, month = divmod(12 * day.year + day.month - 1 + self.far, 12)
        try:
            return date(year, month + 1, day.day)
        except ValueError:
            return None

    @lru_cache(maxsize=None)
    def hour_starts(self, day, hour):
        """The name of the row that an hour of a day has first, from the clock's quarters; None when it is skipped."""
        begin = self.calendar.begin(str(day))
        for at in range(begin, begin + 27 * 3_600_000, QUARTER_MS):
            local = self.calendar.of(at)
            if local.date() == day and local.hour == hour:
                return self.calendar.part("hour", at)
        return None

    def hour_later(self, value):
        """Of a range that is neither days nor months: the first hour stands beside the first, and so on."""
        apart = self.hour_begins(self.reader.range[0]) - self.hour_begins(self.range[0])
        at = round(datetime.fromisoformat(value).timestamp() * 1000)
        there = at + apart // 3_600_000 * 3_600_000
        if self.calendar.part("hour", at) != value or self.calendar.of(there).minute:
            return None
        return self.calendar.part("hour", there)

    def hour_begins(self, ms):
        local = self.calendar.of(ms)
        return ms - ms % 1000 - (local.minute * 60 + local.second) * 1000

    def beside(self, name, value):
        """The value that a row of the period before has in this one; None when nothing stands beside it."""
        if name == "day":
            day = self.day_of(date.fromisoformat(value))
            return day and str(day)
        if name == "hour" and self.unit == "ms":
            return self.hour_later(value)
        if name == "hour":
            day, hour = date.fromisoformat(value[:10]), int(value[11:13])
            if self.hour_starts(day, hour) != value:
                return None
            there = self.day_of(day)
            return there and self.hour_starts(there, hour)
        if name in APART:
            unit, each = APART[name]
            if self.unit != unit or self.far % each:
                return None
            return str(self.day_of(date.fromisoformat(value)))
        return value

    def truth(self, facts):
        """The figures of the period before: by the keys that its rows have in this one, and totals."""
        ends = dict(self.query, range={"from_ms": self.range[0], "to_ms": self.range[1]})
        names, groups, _ = expected(dict(ends, having=[]), facts)
        moved = {}
        for key, sums in groups.items():
            there = tuple(self.beside(name, value) for name, value in zip(names, key))
            if None not in there:
                moved[there] = sums
        return moved, expected(ends, facts)[2]
