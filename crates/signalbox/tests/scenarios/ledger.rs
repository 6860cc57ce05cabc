//! The generator's ledger against the report, also with `kill -9` in the middle.
