//! Entry points for fuzzers: everything that parses the outside, with its promises checked. Panics are findings.
