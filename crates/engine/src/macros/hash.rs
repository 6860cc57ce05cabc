//! `{name|sha256}`: hashes of values, as ad platforms want them.

use std::fmt;

/// A hash function; its result is written as lower-case hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Hash {
    Md5,
    Sha1,
    Sha256,
}

impl Hash {
    /// By its name in lower case.
    pub(super) fn find(name: &str) -> Option<Self> {
        Some(match name {
            "md5" => Self::Md5,
            "sha1" => Self::Sha1,
            "sha256" => Self::Sha256,
            _ => return None,
        })
    }

    /// Writes the hash of `value`, as it is: neither trimmed nor brought to one case.
    pub(super) fn write(self, value: &str, out: &mut dyn fmt::Write) {
        let value = value.as_bytes();
        match self {
            Self::Md5 => hexadecimal(&<md5::Md5 as md5::Digest>::digest(value), out),
            Self::Sha1 => hexadecimal(&<sha1::Sha1 as sha1::Digest>::digest(value), out),
            Self::Sha256 => hexadecimal(&<sha2::Sha256 as sha2::Digest>::digest(value), out),
        }
    }
}

fn hexadecimal(bytes: &[u8], out: &mut dyn fmt::Write) {
    for byte in bytes {
        // Writing to a string cannot fail.
        let _ = write!(out, "{byte:02x}");
    }
}

#[cfg(test)]
mod tests {
    use super::Hash;

    #[test]
    fn hashes_are_those_of_the_standards() {
        for (hash, expected) in [
            (Hash::Md5, "900150983cd24fb0d6963f7d28e17f72"),
            (Hash::Sha1, "a9993e364706816aba3e25717850c26c9cd0d89d"),
            (Hash::Sha256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        ] {
            let mut out = String::new();
            hash.write("abc", &mut out);
            assert_eq!(out, expected);
        }
    }
}
