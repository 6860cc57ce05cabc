use super::*;

fn alert(channel: AlertChannel) -> Alert {
    Alert {
        id: AlertId(1),
        name: "Profit".to_owned(),
        active: true,
        metric: "profit".to_owned(),
        query: "{}".to_owned(),
        window_minutes: 60,
        subject: AlertSubject::Value,
        comparison: Comparison::Below,
        threshold: "-12.5".to_owned(),
        cooldown_minutes: 60,
        tells_resolved: true,
        channels: vec![channel],
    }
}

fn fields(alert: &Alert) -> Vec<String> {
    alert.validate().err().map_or_else(Vec::new, |invalid| invalid.0.into_iter().map(|it| it.field).collect())
}

#[test]
fn what_is_wrong_is_named_by_field() {
    let webhook = |url: &str| AlertChannel::Webhook { url: url.to_owned(), authorization: String::new() };
    assert_eq!(fields(&alert(webhook("https://hooks.example.com/a?b=c"))), [""; 0]);
    assert_eq!(fields(&alert(webhook("ftp://hooks.example.com/"))), ["channels[0].url"]);
    let mail = |to: &str| AlertChannel::Email { to: vec![to.to_owned()] };
    assert_eq!(fields(&alert(mail("ana@example.com"))), [""; 0]);
    for bad in ["ana", "ana@", "@x", "a@b@c", "a@b\r\nBcc: c@d", "Ana <a@b>"] {
        assert_eq!(fields(&alert(mail(bad))), ["channels[0].to[0]"], "{bad}");
    }
    let chat = |token: &str| AlertChannel::Telegram {
        base_url: "https://api.telegram.org".to_owned(),
        token: token.to_owned(),
        chat_id: "-100".to_owned(),
    };
    assert_eq!(fields(&alert(chat("12:ab_C-d"))), [""; 0]);
    assert_eq!(fields(&alert(chat("12/../x"))), ["channels[0].token"]);
    let mut wrong = alert(mail("ana@example.com"));
    wrong.threshold = "many".to_owned();
    wrong.window_minutes = 5;
    wrong.cooldown_minutes = 0;
    wrong.channels.clear();
    assert_eq!(fields(&wrong), ["window_minutes", "cooldown_minutes", "threshold", "channels"]);
    assert!(Alert { channels: Vec::new(), ..alert(mail("a@b")) }.validate_stored().is_ok());
}

#[test]
fn labels_hold_no_secret() {
    let url = "https://hooks.example.com/services/T0/SECRET?key=SECRET".to_owned();
    let webhook = AlertChannel::Webhook { url, authorization: "Bearer SECRET".to_owned() };
    assert_eq!(webhook.label(), "webhook hooks.example.com");
}
