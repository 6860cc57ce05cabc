//! Addresses of a click without what stands in other columns of its row.
//!
//! The path that was asked for and the URL that was answered carry the click id, the source's own id, sub ids and the like once more.
//! Where a piece between `/ ? & = #` is exactly such a value, a mark stands for it; what remains is the same for many clicks, and so a
//! word of a dictionary. Reading puts the values back: the text is the one that came, to the byte.
//!
//! A packed text begins with [`PACKED`]; any other is as it came, as every row was that an earlier version wrote.

use signalbox_domain::{ClickId, Money};
use std::borrow::Cow;

/// The first character of a packed text. Behind it, a second one says that the rest is as it came.
const PACKED: char = '\u{1}';
const CLICK_ID: char = '\u{2}';
const EXTERNAL_ID: char = '\u{3}';
/// The cost; the character behind it says how many zeros follow.
const COST: char = '\u{4}';
/// A sub id; the character behind it says which.
const SUB_ID: char = '\u{5}';
const COUNTRY: char = '\u{6}';
/// What the source says; the character behind it says which.
const SOURCE: char = '\u{7}';
/// No text that is packed has a byte below this one.
const FIRST_PLAIN: u8 = 8;
/// The character for sub id 0.
const SUB_ID_BASE: u8 = b'@';
/// Zeros behind a cost that are remembered.
const ZEROS_MAX: usize = 4;

/// The columns that marks may stand for.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Values<'a> {
    pub click_id: u128,
    pub external_id: &'a str,
    /// In nano units.
    pub cost: i128,
    pub country: &'a str,
    pub keyword: &'a str,
    pub ad_campaign_id: &'a str,
    pub creative_id: &'a str,
    pub site: &'a str,
    /// Sub ids 1 to 30; empty where there is none.
    pub sub_ids: [&'a str; 30],
}

/// The text as it is stored.
pub(crate) fn pack<'t>(text: &'t str, values: &Values<'_>) -> Cow<'t, str> {
    if text.starts_with(PACKED) {
        return Cow::Owned(format!("{PACKED}{PACKED}{text}"));
    }
    if text.is_empty() || text.bytes().any(|byte| byte < FIRST_PLAIN) {
        return Cow::Borrowed(text);
    }
    let mut packer = Packer { values, out: String::with_capacity(text.len() + 8), sub_id: 0, marks: 0 };
    packer.out.push(PACKED);
    let mut rest = text;
    while !rest.is_empty() {
        let end = rest.bytes().position(is_border).unwrap_or(rest.len());
        packer.piece(&rest[..end]);
        let border = rest.len().min(end + 1);
        packer.out.push_str(&rest[end..border]);
        rest = &rest[border..];
    }
    if packer.marks == 0 { Cow::Borrowed(text) } else { Cow::Owned(packer.out) }
}

const fn is_border(byte: u8) -> bool {
    matches!(byte, b'/' | b'?' | b'&' | b'=' | b'#')
}

struct Packer<'v, 'a> {
    values: &'v Values<'a>,
    out: String,
    /// The sub id to look at first: they mostly come in order.
    sub_id: usize,
    marks: usize,
}

impl Packer<'_, '_> {
    fn piece(&mut self, piece: &str) {
        if piece.is_empty() {
            return;
        }
        match self.mark(piece) {
            Some((mark, detail)) => {
                self.out.push(mark);
                self.out.extend(detail.map(char::from));
                self.marks += 1;
            }
            None => self.out.push_str(piece),
        }
    }

    fn mark(&mut self, piece: &str) -> Option<(char, Option<u8>)> {
        let values = self.values;
        let count = values.sub_ids.len();
        let found =
            (0..count).map(|step| (self.sub_id + step) % count).find(|at| values.sub_ids[*at] == piece);
        if let Some(at) = found {
            self.sub_id = (at + 1) % count;
            return Some((SUB_ID, Some(SUB_ID_BASE + at as u8 + 1)));
        }
        let source = [
            (b'k', values.keyword),
            (b'a', values.ad_campaign_id),
            (b'c', values.creative_id),
            (b's', values.site),
        ];
        if let Some((detail, _)) = source.into_iter().find(|(_, value)| *value == piece) {
            return Some((SOURCE, Some(detail)));
        }
        if piece == values.external_id {
            return Some((EXTERNAL_ID, None));
        }
        if piece == values.country {
            return Some((COUNTRY, None));
        }
        if piece.len() == 26 && piece == ClickId(values.click_id).to_string() {
            return Some((CLICK_ID, None));
        }
        self.zeros(piece).map(|zeros| (COST, Some(b'0' + zeros as u8)))
    }

    /// Zeros behind the cost, when the piece is the cost with as many.
    fn zeros(&self, piece: &str) -> Option<usize> {
        if self.values.cost == 0 || !piece.starts_with(|first: char| first.is_ascii_digit()) {
            return None;
        }
        let cost = Money::from_nanos(self.values.cost).to_string();
        let zeros = piece.strip_prefix(cost.as_str())?;
        let fits = zeros.len() <= ZEROS_MAX && zeros.bytes().all(|byte| byte == b'0');
        (fits && (zeros.is_empty() || cost.contains('.'))).then_some(zeros.len())
    }
}

/// The text as it came.
pub(crate) fn unpack<'t>(stored: &'t str, values: &Values<'_>) -> Cow<'t, str> {
    let Some(packed) = stored.strip_prefix(PACKED) else { return Cow::Borrowed(stored) };
    if let Some(plain) = packed.strip_prefix(PACKED) {
        return Cow::Borrowed(plain);
    }
    let mut out = String::with_capacity(packed.len() + 64);
    let mut characters = packed.chars();
    while let Some(next) = characters.next() {
        match next {
            CLICK_ID => out.push_str(&ClickId(values.click_id).to_string()),
            EXTERNAL_ID => out.push_str(values.external_id),
            COUNTRY => out.push_str(values.country),
            COST => {
                out.push_str(&Money::from_nanos(values.cost).to_string());
                let zeros = characters.next().and_then(|zeros| zeros.to_digit(10)).unwrap_or(0);
                out.extend((0..zeros).map(|_| '0'));
            }
            SUB_ID => {
                let number = characters.next().map_or(0, |number| u32::from(number) as usize);
                let at = number.wrapping_sub(usize::from(SUB_ID_BASE) + 1);
                out.push_str(values.sub_ids.get(at).copied().unwrap_or_default());
            }
            SOURCE => out.push_str(match characters.next() {
                Some('k') => values.keyword,
                Some('a') => values.ad_campaign_id,
                Some('c') => values.creative_id,
                _ => values.site,
            }),
            plain => out.push(plain),
        }
    }
    Cow::Owned(out)
}

/// The text of a packed column of `clicks` as it came, in ClickHouse's SQL: what [`unpack`] does.
pub(crate) fn unpack_sql(column: &str) -> String {
    let click_id = "arrayStringConcat(arrayMap(place -> substring('0123456789abcdefghjkmnpqrstvwxyz', \
        toUInt8(bitAnd(bitShiftRight(click_id, 5 * place), toUInt128(31))) + 1, 1), range(25, -1, -1)))";
    let mut marks: Vec<(String, String)> =
        vec![(char(CLICK_ID), click_id.to_owned()), (char(EXTERNAL_ID), "external_id".to_owned())];
    for zeros in 0..=ZEROS_MAX {
        let text = format!("concat(toString(cost), '{}')", "0".repeat(zeros));
        marks.push((format!("{}{zeros}", char(COST)), text));
    }
    for number in 1..=30_u8 {
        let mark = format!("{}\\x{:02x}", char(SUB_ID), SUB_ID_BASE + number);
        marks.push((mark, format!("sub_id_{number}")));
    }
    marks.push((char(COUNTRY), "country".to_owned()));
    for (detail, name) in [('k', "keyword"), ('a', "ad_campaign_id"), ('c', "creative_id"), ('s', "site")] {
        marks.push((format!("{}{detail}", char(SOURCE)), name.to_owned()));
    }
    let put_back = marks.iter().fold(format!("substring({column}, 2)"), |text, (mark, value)| {
        format!("replaceAll({text}, '{mark}', {value})")
    });
    format!(
        "multiIf(NOT startsWith({column}, '{PACKED_SQL}'), {column}, \
         startsWith({column}, '{PACKED_SQL}{PACKED_SQL}'), substring({column}, 3), {put_back})"
    )
}

const PACKED_SQL: &str = "\\x01";

fn char(mark: char) -> String {
    format!("\\x{:02x}", u32::from(mark))
}

#[cfg(test)]
mod tests;
