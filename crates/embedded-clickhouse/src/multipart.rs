//! `multipart/form-data`, as far as ClickHouse clients use it: a `query` field and `param_*` fields, no files.
//!
//! Promises: total on any bytes; anything it does not know for sure is refused, because a parameter in the wrong place is a
//! wrong answer.

use crate::answer::Problem;

/// Fields by name, in order.
pub(crate) type Fields = Vec<(String, Vec<u8>)>;

/// The most fields a form may have.
const FIELDS_MAX: usize = 4096;

/// The boundary in a `Content-Type` header; `None` when it is another type.
pub(crate) fn boundary(content_type: &str) -> Option<Result<String, Problem>> {
    let (kind, parameters) = content_type.split_once(';').unwrap_or((content_type, ""));
    if !kind.trim().eq_ignore_ascii_case("multipart/form-data") {
        return None;
    }
    let named = parameters.split(';').find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        name.trim().eq_ignore_ascii_case("boundary").then(|| value.trim().trim_matches('"').to_owned())
    });
    let valid = |text: &String| (1..=70).contains(&text.len());
    Some(
        named
            .filter(valid)
            .ok_or_else(|| Problem::bad("multipart/form-data needs a boundary of 1 to 70 characters")),
    )
}

/// Takes a whole body apart.
pub(crate) fn parse(body: &[u8], boundary: &str) -> Result<Fields, Problem> {
    let broken = |reason: &str| Problem::bad(format_args!("malformed multipart/form-data: {reason}"));
    let opening = format!("--{boundary}");
    let delimiter = format!("\r\n--{boundary}");
    // What stands before the first delimiter is a preamble and means nothing.
    let mut rest = match body.strip_prefix(opening.as_bytes()) {
        Some(rest) => rest,
        None => split_at(body, delimiter.as_bytes()).ok_or_else(|| broken("the boundary does not occur"))?.1,
    };
    let mut fields = Fields::new();
    loop {
        if rest.starts_with(b"--") {
            return Ok(fields);
        }
        let part = rest.strip_prefix(b"\r\n").ok_or_else(|| broken("no line break behind a boundary"))?;
        let (head, content) = match part.strip_prefix(b"\r\n") {
            Some(content) => (&b""[..], content),
            None => {
                split_at(part, b"\r\n\r\n").ok_or_else(|| broken("a part without an end of its headers"))?
            }
        };
        let (value, next) =
            split_at(content, delimiter.as_bytes()).ok_or_else(|| broken("the last boundary is missing"))?;
        fields.push((field_name(head)?, value.to_vec()));
        if fields.len() > FIELDS_MAX {
            return Err(broken("more than 4096 fields"));
        }
        rest = next;
    }
}

fn field_name(head: &[u8]) -> Result<String, Problem> {
    let broken = |reason: &str| Problem::bad(format_args!("malformed multipart/form-data: {reason}"));
    let head = std::str::from_utf8(head).map_err(|_| broken("headers that are not UTF-8"))?;
    let disposition = head.split("\r\n").find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.trim().eq_ignore_ascii_case("content-disposition").then_some(value)
    });
    let disposition = disposition.ok_or_else(|| broken("a part without Content-Disposition"))?;
    let mut name = None;
    for parameter in disposition.split(';').skip(1) {
        let (key, value) =
            parameter.split_once('=').ok_or_else(|| broken("a Content-Disposition that cannot be read"))?;
        match key.trim().to_ascii_lowercase().as_str() {
            "name" => name = Some(value.trim().trim_matches('"').to_owned()),
            key if key.starts_with("filename") => {
                return Err(Problem::not_implemented(
                    "external tables (file fields) are not supported by the embedded engine",
                ));
            }
            _ => {}
        }
    }
    name.filter(|name| !name.is_empty()).ok_or_else(|| broken("a field without a name"))
}

fn split_at<'a>(text: &'a [u8], needle: &[u8]) -> Option<(&'a [u8], &'a [u8])> {
    let at = text.windows(needle.len()).position(|window| window == needle)?;
    Some((&text[..at], &text[at + needle.len()..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(parts: &[(&str, &str)]) -> Vec<u8> {
        let part = |(head, value): &(&str, &str)| format!("--B\r\n{head}\r\n\r\n{value}\r\n");
        format!("{}--B--\r\n", parts.iter().map(part).collect::<String>()).into_bytes()
    }

    #[test]
    fn reads_fields_as_they_are() {
        let body = form(&[
            ("Content-Disposition: form-data; name=\"query\"", "SELECT {a:String}\r\n-- x"),
            ("content-type: text/plain\r\ncontent-disposition: form-data; name=param_a", ""),
        ]);
        let fields = parse(&body, "B").unwrap();
        assert_eq!(fields[0], ("query".to_owned(), b"SELECT {a:String}\r\n-- x".to_vec()));
        assert_eq!(fields[1], ("param_a".to_owned(), vec![]));
        assert!(parse(b"--B--", "B").unwrap().is_empty());
        assert_eq!(parse(&[b"preamble\r\n", body.as_slice()].concat(), "B").unwrap().len(), 2);
    }

    #[test]
    fn refuses_what_it_cannot_be_sure_of() {
        let whole = form(&[("Content-Disposition: form-data; name=\"query\"", "SELECT 1")]);
        for length in 0..whole.len() - 4 {
            assert!(parse(&whole[..length], "B").is_err(), "cut at {length}");
        }
        for body in [
            form(&[("", "x")]),
            form(&[("Content-Disposition: form-data", "x")]),
            form(&[("Content-Disposition: form-data; name=\"\"", "x")]),
            form(&[("Content-Disposition: form-data; name", "x")]),
            b"--Bx".to_vec(),
            b"\xff\xfe".to_vec(),
        ] {
            assert_eq!(parse(&body, "B").unwrap_err().status(), 400, "{}", String::from_utf8_lossy(&body));
        }
        let file = form(&[("Content-Disposition: form-data; name=\"t\"; filename=\"t.csv\"", "1")]);
        assert_eq!(parse(&file, "B").unwrap_err().status(), 501);
    }

    #[test]
    fn knows_its_content_type() {
        assert!(boundary("text/plain").is_none());
        assert!(boundary("application/x-www-form-urlencoded").is_none());
        assert_eq!(boundary("multipart/form-data; boundary=abc").unwrap().unwrap(), "abc");
        assert_eq!(boundary("Multipart/Form-Data; charset=x; Boundary=\"a b\"").unwrap().unwrap(), "a b");
        assert!(boundary("multipart/form-data").unwrap().is_err());
        assert!(boundary("multipart/form-data; boundary=").unwrap().is_err());
    }
}
