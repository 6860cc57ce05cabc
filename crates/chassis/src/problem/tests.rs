use super::*;

fn json(problem: &Problem) -> serde_json::Value {
    serde_json::from_slice(problem.to_http().body()).unwrap()
}

#[test]
fn looks_like_rfc_9457() {
    let problem = Problem::invalid(vec![
        FieldError::new("name", "is empty").with_fix("Give it a name."),
        FieldError::new("streams[0].weight", "is negative"),
    ]);
    assert_eq!(
        json(&problem),
        serde_json::json!({
            "type": "urn:signalbox:problem:invalid",
            "title": "Unprocessable Entity",
            "status": 422,
            "detail": "2 fields are not valid",
            "code": "invalid",
            "errors": [
                {"field": "name", "reason": "is empty", "fix": "Give it a name."},
                {"field": "streams[0].weight", "reason": "is negative"},
            ],
        })
    );
    let response = problem.into_response();
    assert_eq!(response.status(), 422);
    assert_eq!(response.headers()[header::CONTENT_TYPE], MEDIA_TYPE);
}

#[test]
fn every_constructor_has_its_status_and_code() {
    let cases = [
        (Problem::bad_request("x"), 400, "bad_request"),
        (Problem::invalid_field("a", "b"), 422, "invalid"),
        (Problem::unauthorized("x"), 401, "unauthorized"),
        (Problem::forbidden("x"), 403, "forbidden"),
        (Problem::not_found("campaign"), 404, "not_found"),
        (Problem::conflict("slug", "is taken"), 409, "conflict"),
        (Problem::stale(), 409, "stale"),
        (Problem::payload_too_large(), 413, "payload_too_large"),
        (Problem::unsupported_media_type("application/json"), 415, "unsupported_media_type"),
        (Problem::too_many_requests(Duration::from_millis(1200)), 429, "too_many_requests"),
        (Problem::unavailable("x"), 503, "unavailable"),
        (Problem::internal("x"), 500, "internal"),
        (Problem::conflict("id", "is used by campaign a").with_code("in_use"), 409, "in_use"),
    ];
    for (problem, status, code) in cases {
        assert_eq!((problem.status().as_u16(), problem.code()), (status, code));
        assert_eq!(json(&problem)["type"], format!("urn:signalbox:problem:{code}"));
    }
}

#[test]
fn says_when_to_come_back_and_how_to_log_in() {
    let response = Problem::too_many_requests(Duration::from_millis(1200)).to_http();
    assert_eq!(response.headers()[header::RETRY_AFTER], "2");
    assert_eq!(Problem::unauthorized("x").to_http().headers()[header::WWW_AUTHENTICATE], "Bearer");
}

#[test]
fn an_internal_error_tells_nothing() {
    let problem = Problem::internal("connection to mongodb://user:hunter2@db failed");
    assert!(!json(&problem).to_string().contains("mongodb"));
    assert!(!format!("{problem} {problem:?}").contains("hunter2"));
}
