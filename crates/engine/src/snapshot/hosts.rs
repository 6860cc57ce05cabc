//! Host names as browsers send them, brought to the one form they are registered in.

/// Longest host name that can be registered.
const HOST_BYTES_MAX: usize = 253;

/// Room for a normalised host.
pub(crate) type Buffer = [u8; HOST_BYTES_MAX];

/// `host` in lower case without port, brackets and trailing dot. `None`: longer than any host name.
pub(crate) fn normalise<'a>(host: &'a str, buffer: &'a mut Buffer) -> Option<&'a str> {
    let host = without_port(host.trim());
    let host = host.strip_suffix('.').unwrap_or(host);
    if !host.bytes().any(|byte| byte.is_ascii_uppercase()) {
        return (host.len() <= HOST_BYTES_MAX).then_some(host);
    }
    let slot = buffer.get_mut(..host.len())?;
    slot.copy_from_slice(host.as_bytes());
    slot.make_ascii_lowercase();
    std::str::from_utf8(slot).ok()
}

fn without_port(host: &str) -> &str {
    if let Some(rest) = host.strip_prefix('[') {
        return rest.split_once(']').map_or(rest, |(address, _)| address);
    }
    match host.split_once(':') {
        // More than one colon without brackets is an IPv6 address without a port.
        Some((name, port)) if !port.contains(':') => name,
        _ => host,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_form_for_every_spelling() {
        for (sent, expected) in [
            ("trk.example.com", "trk.example.com"),
            ("TRK.Example.com:8081", "trk.example.com"),
            ("trk.example.com.", "trk.example.com"),
            ("trk.example.com.:443", "trk.example.com"),
            ("127.0.0.1:80", "127.0.0.1"),
            ("[2001:DB8::1]:8081", "2001:db8::1"),
            ("::1", "::1"),
            ("", ""),
        ] {
            assert_eq!(normalise(sent, &mut [0; HOST_BYTES_MAX]), Some(expected), "{sent}");
        }
        assert_eq!(normalise(&"a".repeat(254), &mut [0; HOST_BYTES_MAX]), None);
        assert_eq!(normalise(&"A".repeat(254), &mut [0; HOST_BYTES_MAX]), None);
    }
}
