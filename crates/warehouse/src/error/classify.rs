//! What a ClickHouse error code means for the caller: wait, cut the batch, or call for help.
//!
//! Codes are those of `src/Common/ErrorCodes.cpp` of the server, which never change their meaning.

use super::Error;

/// Codes of overload, lost connections, full disks and the like: they pass by themselves or when somebody has mended the server.
const TRANSIENT: &[i32] = &[
    3,    // UNEXPECTED_END_OF_FILE
    74,   // CANNOT_READ_FROM_FILE_DESCRIPTOR
    75,   // CANNOT_WRITE_TO_FILE_DESCRIPTOR
    76,   // CANNOT_OPEN_FILE
    159,  // TIMEOUT_EXCEEDED
    160,  // TOO_SLOW
    202,  // TOO_MANY_SIMULTANEOUS_QUERIES
    203,  // NO_FREE_CONNECTION
    209,  // SOCKET_TIMEOUT
    210,  // NETWORK_ERROR
    218,  // TABLE_IS_DROPPED
    236,  // ABORTED
    241,  // MEMORY_LIMIT_EXCEEDED
    242,  // TABLE_IS_READ_ONLY
    243,  // NOT_ENOUGH_SPACE
    252,  // TOO_MANY_PARTS
    285,  // TOO_FEW_LIVE_REPLICAS
    319,  // UNKNOWN_STATUS_OF_INSERT
    394,  // QUERY_WAS_CANCELLED
    425,  // SYSTEM_ERROR
    439,  // CANNOT_SCHEDULE_TASK
    473,  // DEADLOCK_AVOIDED
    499,  // S3_ERROR
    517,  // CANNOT_ASSIGN_ALTER
    999,  // KEEPER_EXCEPTION
    1000, // POCO_EXCEPTION
    1001, // STD_EXCEPTION
    1002, // UNKNOWN_EXCEPTION
];

/// Codes with which a value is refused: the same rows will be refused again.
const DATA: &[i32] = &[
    6,   // CANNOT_PARSE_TEXT
    25,  // CANNOT_PARSE_ESCAPE_SEQUENCE
    26,  // CANNOT_PARSE_QUOTED_STRING
    27,  // CANNOT_PARSE_INPUT_ASSERTION_FAILED
    32,  // ATTEMPT_TO_READ_AFTER_EOF
    33,  // CANNOT_READ_ALL_DATA
    38,  // CANNOT_PARSE_DATE
    41,  // CANNOT_PARSE_DATETIME
    69,  // ARGUMENT_OUT_OF_BOUND
    70,  // CANNOT_CONVERT_TYPE
    72,  // CANNOT_PARSE_NUMBER
    117, // INCORRECT_DATA
    131, // TOO_LARGE_STRING_SIZE
    321, // VALUE_IS_OUT_OF_RANGE_OF_DATA_TYPE
    349, // CANNOT_INSERT_NULL_IN_ORDINARY_COLUMN
    395, // FUNCTION_THROW_IF_VALUE_IS_NON_ZERO
    407, // DECIMAL_OVERFLOW
    469, // VIOLATED_CONSTRAINT
    691, // UNKNOWN_ELEMENT_OF_ENUM
];

/// Codes that say the schema is not there or not the one expected.
const SCHEMA: &[i32] = &[
    8,  // THERE_IS_NO_COLUMN
    16, // NO_SUCH_COLUMN_IN_TABLE
    47, // UNKNOWN_IDENTIFIER
    60, // UNKNOWN_TABLE
    81, // UNKNOWN_DATABASE
];

/// Sorts what the client reports.
pub fn classify(error: clickhouse::error::Error) -> Error {
    use clickhouse::error::Error as Client;
    match error {
        Client::BadResponse(text) => answer(&text),
        Client::Network(_) | Client::TimedOut => Error::Unavailable { reason: text_of(&error) },
        Client::SchemaMismatch(reason) => Error::Schema { reason },
        Client::InvalidParams(_) | Client::Unsupported(_) => {
            Error::Statement { code: 0, reason: text_of(&error) }
        }
        // A cut-off answer surfaces as one of the many decoding errors; asking again is right for all of them.
        // So does an exception in the middle of an answer, when its text came in pieces.
        Client::NotEnoughData | Client::DataFormat(_) | Client::Other(_) => {
            Error::Unavailable { reason: text_of(&error) }
        }
        other => Error::Statement { code: 0, reason: text_of(&other) },
    }
}

/// Sorts a refusal by the server's text, `Code: 395. DB::Exception: …`.
fn answer(text: &str) -> Error {
    let reason = shorten(text);
    let Some(code) = code_of(text) else {
        // No ClickHouse error: a proxy's or a dying server's page.
        return Error::Unavailable { reason };
    };
    if text.contains("while pushing to view") {
        return Error::DependentView { code, reason };
    }
    if DATA.contains(&code) {
        return Error::Refused { code, reason };
    }
    if TRANSIENT.contains(&code) {
        return Error::Unavailable { reason };
    }
    if SCHEMA.contains(&code) {
        return Error::Schema { reason };
    }
    Error::Statement { code, reason }
}

fn code_of(text: &str) -> Option<i32> {
    let digits = text.split("Code: ").nth(1)?;
    digits.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}

/// Keeps the beginning of a long message: the end repeats the statement.
pub fn shorten(text: &str) -> String {
    const BYTES_MAX: usize = 2_000;
    let text = text.trim();
    let mut end = text.len().min(BYTES_MAX);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text[..end].to_owned()
}

fn text_of(error: &clickhouse::error::Error) -> String {
    use std::error::Error as _;
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(inner) = source {
        let inner_text = inner.to_string();
        if !text.contains(&inner_text) {
            text.push_str(": ");
            text.push_str(&inner_text);
        }
        source = inner.source();
    }
    shorten(&text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_sorted_by_what_can_be_done() {
        let of = |text: &str| answer(text);
        assert!(matches!(
            of("Code: 469. DB::Exception: Constraint `c` violated"),
            Error::Refused { code: 469, .. }
        ));
        assert!(matches!(of("Code: 241. DB::Exception: Memory limit"), Error::Unavailable { .. }));
        assert!(matches!(of("Code: 60. DB::Exception: Unknown table"), Error::Schema { .. }));
        assert!(matches!(of("Code: 62. DB::Exception: Syntax error"), Error::Statement { code: 62, .. }));
        assert!(matches!(of("502 Bad Gateway"), Error::Unavailable { .. }));
        let view = of("Code: 395. DB::Exception: Value passed: while pushing to view w.mv. (FUNCTION_THROW)");
        assert!(matches!(view, Error::DependentView { code: 395, .. }));
        assert!(view.is_retryable(), "the rows wait until the view is mended");
        assert!(!of("Code: 469. DB::Exception: x").is_retryable());
    }

    #[test]
    fn an_exception_that_came_in_pieces_is_asked_for_again() {
        let cut = clickhouse::error::Error::Other("found exception tag in response".into());
        assert!(classify(cut).is_retryable());
        assert!(answer("Code: 439. DB::Exception: Cannot schedule a task").is_retryable());
    }

    #[test]
    fn long_messages_are_cut_at_a_character() {
        let text = format!("Code: 62. {}", "ü".repeat(3_000));
        assert!(shorten(&text).len() <= 2_000);
    }
}
