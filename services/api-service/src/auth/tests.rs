use super::{Passwords, Who, check_rules, password, token};
use argon2::{Algorithm, PasswordHash};
use signalbox_chassis::problem::Problem;

#[tokio::test]
async fn passwords_are_argon2id_with_the_recommended_cost() {
    let passwords = Passwords::new(1);
    let text = passwords.hash("correct horse battery".to_owned()).await.unwrap();
    let parsed = PasswordHash::new(&text).unwrap();
    assert_eq!(Algorithm::new(parsed.algorithm).unwrap(), Algorithm::Argon2id);
    let params = argon2::Params::try_from(&parsed).unwrap();
    assert_eq!(
        (params.m_cost(), params.t_cost(), params.p_cost()),
        (password::MEMORY_KIB, password::PASSES, password::LANES)
    );
    assert!(params.m_cost() >= 19_456 && params.t_cost() >= 2);
    assert_ne!(
        passwords.hash("correct horse battery".to_owned()).await.unwrap(),
        text,
        "each has its own salt"
    );

    let check = |stored: Option<&str>, given: &str| {
        passwords.verify(Who::Stranger, stored.map(str::to_owned), given.to_owned(), || Ok(()))
    };
    assert!(check(Some(&text), "correct horse battery").await.unwrap());
    assert!(!check(Some(&text), "Correct horse battery").await.unwrap());
    assert!(!check(Some("not a hash"), "correct horse battery").await.unwrap());
    assert!(!check(None, "correct horse battery").await.unwrap());
}

#[tokio::test]
async fn a_full_queue_answers_at_once_and_the_other_lane_goes_on() {
    let passwords = Passwords::new(1);
    let flood = (0..40).map(|_| passwords.verify(Who::Stranger, None, "guess".to_owned(), || Ok(())));
    let strangers = futures::future::join_all(flood);
    let known = passwords.verify(Who::Known, None, "guess".to_owned(), || Ok(()));
    let (strangers, known) = tokio::join!(strangers, known);
    let busy =
        strangers.iter().filter(|result| result.as_ref().is_err_and(|error| error.code() == "busy")).count();
    assert_eq!(busy, 40 - 17, "one works and sixteen wait");
    assert!(known.is_ok());
}

#[tokio::test]
async fn the_gate_is_asked_when_the_turn_comes() {
    let passwords = Passwords::new(1);
    let refuse = || Err(Problem::too_many_requests(std::time::Duration::from_secs(1)));
    let result = passwords.verify(Who::Stranger, None, "guess".to_owned(), refuse).await;
    assert_eq!(result.unwrap_err().code(), "too_many_requests");
}

#[test]
fn short_and_telling_passwords_are_refused() {
    let refused = |password: &str| check_rules("password", password, "ana@example.com").is_some();
    assert!(
        refused("123456789") && refused("") && refused("ana@example.com") && refused(" ANA@example.com ")
    );
    assert!(refused(&"x".repeat(2_000)));
    assert!(!refused("1234567890") && !refused("zehn Zeichen"));
}

#[test]
fn tokens_are_long_and_differ() {
    let (first, second) = (token::random_token(), token::random_token());
    assert_eq!(first.len(), 52);
    assert_ne!(first, second);
    assert!(first.bytes().all(|byte| byte.is_ascii_alphanumeric()));
    assert_eq!(token::digest("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    assert!(token::same("a", "a") && !token::same("a", "b") && !token::same("a", "aa"));
}
