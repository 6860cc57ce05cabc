use super::*;
use signalbox_domain::WorkspaceId;

fn read_all(text: &str) -> Result<Vec<Row>, ApiError> {
    let workspace = Workspace {
        id: WorkspaceId(1),
        name: "Main".to_owned(),
        currency: Currency::USD,
        timezone: "Europe/Berlin".to_owned(),
        rates: Vec::new(),
        earlier_rates: Vec::new(),
        conversion_types: Vec::new(),
        addresses: Default::default(),
    };
    let input = CostFileInput {
        text: text.to_owned(),
        timezone: None,
        currency: None,
        bots: crate::types::CostBots::Exclude,
        idempotency_key: Some("may".to_owned()),
    };
    let id = |number: u64| signalbox_domain::CampaignId(number).to_string();
    let campaigns = Campaigns(HashMap::from([
        ("summer".to_owned(), vec![id(7)]),
        ("twice".to_owned(), vec![id(8), id(9)]),
    ]));
    read(&input, &workspace, (&campaigns, Timestamp(1_790_000_000_000)))
}

#[test]
fn lines_become_corrections() {
    let text = "Date;Campaign;sub_id_1;Cost;note\r\n2026-05-01;SUMMER;\"zone \"\"1\"\"; x\";12,50;\"two\nlines\"\r\n\r\n2026-05-02;;;0.1;\n";
    let rows = read_all(text).unwrap();
    assert_eq!(rows.iter().map(|row| row.line).collect::<Vec<_>>(), [2, 5]);
    let first = rows[0].wish.as_ref().unwrap();
    assert_eq!(
        (first.from.to_rfc3339().as_str(), first.to.to_rfc3339().as_str()),
        ("2026-04-30T22:00:00.000Z", "2026-05-01T22:00:00.000Z")
    );
    assert_eq!(first.amount, "12.5".parse().unwrap());
    assert_eq!(
        first.filters,
        [
            equals("campaign", &signalbox_domain::CampaignId(7).to_string()),
            equals("sub_id_1", "zone \"1\"; x")
        ]
    );
    assert_eq!((first.note.as_str(), first.idempotency_key.as_deref()), ("two\nlines", Some("may/2")));
    assert_eq!(rows[1].wish.as_ref().unwrap().filters, []);
}

#[test]
fn tokens_of_other_trackers_are_sub_ids() {
    let rows =
        read_all("Campaign id;TZ;Date;Cost;Token number;Token value\nsummer;UTC;2026-05-01;5;3;a").unwrap();
    let wish = rows[0].wish.as_ref().unwrap();
    assert_eq!((wish.timezone.as_str(), &wish.filters[1]), ("UTC", &equals("sub_id_3", "a")));
}

#[test]
fn what_is_wrong_is_named_by_line_and_column() {
    let text = "date,campaign,cost,bots,currency\n2026-05-01,twice,x,some,USD\n2026-13-01,,1,,\n2099-01-01,,1,,\n2026-05-01,,1,,EUR\n,,1,,\n2026-05-01,,,,\n2026-05-01,,-1,,";
    let rows = read_all(text).unwrap();
    let fields = |row: &Row| -> Vec<String> {
        row.wish.as_ref().unwrap_err().iter().map(|error| error.field.clone()).collect()
    };
    assert_eq!(fields(&rows[0]), ["campaign", "cost", "bots"]);
    let rest: Vec<String> = rows[1..].iter().flat_map(fields).collect();
    assert_eq!(rest, ["date", "date", "currency", "date", "cost", "cost"]);
    for broken in ["", "date,mood\n1,2", "date,cost\n", "date,cost\n\"2026", "date,cost\n\n"] {
        assert_eq!(read_all(broken).unwrap_err().code(), "invalid", "{broken}");
    }
    let long = format!("date,cost\n{}", "2026-05-01,1\n".repeat(1_001));
    assert_eq!(read_all(&long).unwrap_err().code(), "invalid");
}
