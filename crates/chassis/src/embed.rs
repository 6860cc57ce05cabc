//! Answers to requests that a page embeds: a picture, a frame, a text of the sender's own.
//!
//! Promises: what a stranger may choose of an answer is short, plain text that no browser takes for anything else. Never: tells a page
//! whether what it reported was understood; that stands in the log.

use axum::{
    body::Body,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::Response,
};

/// A transparent picture of one pixel.
pub const PIXEL: &[u8] = &[
    0x47, 0x49, 0x46, 0x38, 0x39, 0x61, 0x01, 0x00, 0x01, 0x00, 0x80, 0x00, 0x00, 0x00, 0x00, 0x00, 0xff,
    0xff, 0xff, 0x21, 0xf9, 0x04, 0x01, 0x00, 0x00, 0x00, 0x00, 0x2c, 0x00, 0x00, 0x00, 0x00, 0x01, 0x00,
    0x01, 0x00, 0x00, 0x02, 0x02, 0x44, 0x01, 0x00, 0x3b,
];
const PAGE: &str = "<!doctype html><meta charset=utf-8><title></title>\n";
/// Longest text that a sender may ask to be answered with, characters.
pub const RETURN_CHARS_MAX: usize = 200;

/// How an answer is embedded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Not at all: the answer says what became of the request.
    Text,
    /// As a picture (`….gif`).
    Pixel,
    /// In a frame (`….html`).
    Page,
}

impl Form {
    /// By the end of the path.
    pub fn of(path: &str) -> Self {
        let path = path.trim_end_matches('/');
        if path.ends_with(".gif") {
            Self::Pixel
        } else if path.ends_with(".html") {
            Self::Page
        } else {
            Self::Text
        }
    }

    /// The answer in this form. Picture and page are 200 whatever was said, but for a failure of the server: nothing broken is seen on
    /// the page that embeds them.
    pub fn dress(self, answer: Response) -> Response {
        let (kind, body) = match self {
            Self::Text => return answer,
            Self::Pixel => ("image/gif", Body::from(PIXEL)),
            Self::Page => ("text/html; charset=utf-8", Body::from(PAGE)),
        };
        let mut dressed = Response::new(body);
        if answer.status().is_server_error() {
            *dressed.status_mut() = answer.status();
        }
        let headers = dressed.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
        careful(headers);
        if self == Self::Page {
            let csp = HeaderValue::from_static("default-src 'none'");
            headers.insert(header::CONTENT_SECURITY_POLICY, csp);
        }
        dressed
    }
}

/// The answer to what was taken: `OK`, or the text that the parameter `return` asks for.
pub fn taken<'a>(parameters: impl IntoIterator<Item = (&'a str, &'a str)>) -> Response {
    let asked = parameters
        .into_iter()
        .find(|(name, value)| name.trim().eq_ignore_ascii_case("return") && !value.trim().is_empty());
    let text = asked.map_or_else(
        || "OK\n".to_owned(),
        |(_, text)| text.chars().filter(|it| !it.is_control()).take(RETURN_CHARS_MAX).collect(),
    );
    let mut answer = Response::new(Body::from(text));
    *answer.status_mut() = StatusCode::OK;
    let headers = answer.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    careful(headers);
    answer
}

/// Never kept, and never taken for something else than it says.
fn careful(headers: &mut HeaderMap) {
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn read(answer: Response) -> (u16, String, String) {
        let kind = answer.headers()[header::CONTENT_TYPE].to_str().unwrap().to_owned();
        assert_eq!(answer.headers()[header::CACHE_CONTROL], "no-store");
        assert_eq!(answer.headers()[header::X_CONTENT_TYPE_OPTIONS], "nosniff");
        let status = answer.status().as_u16();
        let body = axum::body::to_bytes(answer.into_body(), 10_000).await.unwrap();
        (status, kind, String::from_utf8_lossy(&body).into_owned())
    }

    fn refused(status: StatusCode) -> Response {
        let mut answer = Response::new(Body::from("click_id_missing: …"));
        *answer.status_mut() = status;
        answer
    }

    #[tokio::test]
    async fn what_is_embedded_looks_the_same_whatever_was_said() {
        assert_eq!(
            ["/conversion.gif", "/conversion.html/", "/key/postback", "/"].map(Form::of),
            [Form::Pixel, Form::Page, Form::Text, Form::Text]
        );
        let (status, kind, body) = read(Form::Pixel.dress(refused(StatusCode::BAD_REQUEST))).await;
        assert_eq!((status, kind.as_str(), body.starts_with("GIF89a")), (200, "image/gif", true));
        let (status, _, _) = read(Form::Pixel.dress(refused(StatusCode::SERVICE_UNAVAILABLE))).await;
        assert_eq!(status, 503, "it may be tried again");
        let page = Form::Page.dress(refused(StatusCode::NOT_FOUND));
        assert_eq!(page.headers()[header::CONTENT_SECURITY_POLICY], "default-src 'none'");
        assert!(!page.headers().contains_key(header::X_FRAME_OPTIONS), "it stands in a frame");
        let (status, kind, body) = read(page).await;
        assert_eq!((status, kind.as_str()), (200, "text/html; charset=utf-8"));
        assert!(!body.contains("click_id"), "{body}");
    }

    #[tokio::test]
    async fn the_text_that_was_asked_for_is_plain_and_short() {
        let asked =
            |value: &'static str| async move { read(taken([("subid", "1"), ("Return", value)])).await };
        let plain = "text/plain; charset=utf-8".to_owned();
        assert_eq!(asked("status=1").await, (200, plain.clone(), "status=1".to_owned()));
        assert_eq!(asked("  ").await.2, "OK\n");
        let script = asked("<script>alert(1)</script>\r\n").await;
        assert_eq!(script, (200, plain, "<script>alert(1)</script>".to_owned()), "plain text, not sniffed");
        let long: &'static str = Box::leak("ä".repeat(500).into_boxed_str());
        assert_eq!(asked(long).await.2.chars().count(), RETURN_CHARS_MAX);
        assert_eq!(read(taken([])).await.2, "OK\n");
    }
}
