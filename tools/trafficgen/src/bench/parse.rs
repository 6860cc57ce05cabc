//! Finds the end of an HTTP/1.1 response with a `Content-Length`, and its status. Nothing else is understood, and that is said.

/// What a buffer holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Parsed {
    /// Not a whole response yet.
    Partial,
    /// A response of so many bytes.
    Whole {
        /// Its status.
        status: u16,
        /// Bytes of head and body.
        length: usize,
        /// Whether the server closes the connection after it.
        closes: bool,
    },
    /// Something else than a response with a length.
    Unknown,
}

/// Looks at the start of `buffer`.
pub(super) fn parse(buffer: &[u8]) -> Parsed {
    let Some(end) = find(buffer, b"\r\n\r\n") else {
        return if buffer.len() > 16_384 { Parsed::Unknown } else { Parsed::Partial };
    };
    let head = &buffer[..end];
    let mut lines = head.split(|byte| *byte == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line));
    let Some(status) = lines.next().and_then(status_of) else { return Parsed::Unknown };
    let (mut body, mut closes) = (None, false);
    for line in lines {
        let Some(colon) = line.iter().position(|byte| *byte == b':') else { return Parsed::Unknown };
        let (name, value) = (&line[..colon], line[colon + 1..].trim_ascii());
        if name.eq_ignore_ascii_case(b"content-length") {
            body = std::str::from_utf8(value).ok().and_then(|digits| digits.parse::<usize>().ok());
        } else if name.eq_ignore_ascii_case(b"connection") {
            closes = value.eq_ignore_ascii_case(b"close");
        }
    }
    let Some(length) = body.and_then(|body| body.checked_add(end + 4)) else { return Parsed::Unknown };
    if buffer.len() < length { Parsed::Partial } else { Parsed::Whole { status, length, closes } }
}

fn status_of(line: &[u8]) -> Option<u16> {
    let rest = line.strip_prefix(b"HTTP/1.1 ")?;
    std::str::from_utf8(rest.get(..3)?).ok()?.parse().ok()
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).position(|window| window == needle)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn responses_are_cut_at_their_length() {
        let response = b"HTTP/1.1 302 Found\r\nLocation: https://a/?b:c\r\ncontent-length: 5\r\n\r\nhello";
        let whole = Parsed::Whole { status: 302, length: response.len(), closes: false };
        assert_eq!(parse(response), whole);
        for cut in 0..response.len() {
            assert_eq!(parse(&response[..cut]), Parsed::Partial, "{cut}");
        }
        let two: Vec<u8> = [response.as_slice(), b"HTTP/1.1 2"].concat();
        assert_eq!(parse(&two), whole);
    }

    #[test]
    fn a_closing_server_is_noticed() {
        let response = b"HTTP/1.1 503 Busy\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";
        assert_eq!(parse(response), Parsed::Whole { status: 503, length: response.len(), closes: true });
    }

    #[test]
    fn anything_else_is_not_guessed() {
        for other in [
            &b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"[..],
            b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
            b"HTTP/1.1 200 OK\r\nContent-Length: 18446744073709551615\r\n\r\n",
            b"HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n",
            b"nonsense\r\n\r\n",
            b"HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
            &[b'x'; 20_000],
        ] {
            assert_eq!(parse(other), Parsed::Unknown, "{}", String::from_utf8_lossy(&other[..20]));
        }
    }
}
