//! What the catalog keeps of clicks: documents of conversions and events, their deliveries, rows that people brought in.

use super::Eraser;
use crate::{
    conversion::Conversion,
    receive::read_parameters,
    removal::{Forgotten, RemovalError},
};
use http::HeaderMap;
use signalbox_catalog::{Error as CatalogError, PageRequest, RecordKeys, Stored};
use signalbox_domain::{ClickId, PostbackUpload, RowRefusal, Scope, UploadRow};
use std::collections::HashSet;

impl Eraser {
    /// Forgets everything of the clicks; how much there was, or `None` while some of it waits.
    pub(super) async fn forget_clicks(
        &self,
        scope: &Scope,
        clicks: &[ClickId],
    ) -> Result<Option<u64>, RemovalError> {
        let (mut gone, mut wait) = (0, false);
        for click in clicks {
            match self.forget_conversions(scope, *click).await? {
                Some(count) => gone += count,
                None => wait = true,
            }
        }
        match self.forget_rows(scope, clicks).await? {
            Some(count) => gone += count,
            None => wait = true,
        }
        Ok((!wait).then_some(gone))
    }

    async fn forget_conversions(&self, scope: &Scope, click: ClickId) -> Result<Option<u64>, RemovalError> {
        let (mut gone, mut wait) = (0, false);
        let mut page = PageRequest::largest();
        loop {
            let conversions = self.removal.catalog.conversions();
            let listed = conversions.list_by_click::<Conversion>(scope, click, &page).await?;
            for stored in listed.items {
                match self.removal.forget_conversion(scope, &stored).await? {
                    Forgotten::Now => gone += 1,
                    Forgotten::Before => {}
                    Forgotten::NotYet => wait = true,
                }
            }
            let Some(next) = listed.next else { return Ok((!wait).then_some(gone)) };
            page.after = Some(next);
        }
    }

    /// Blanks rows of uploads that name the clicks. The upload stays, with its numbers; a row that was not taken is not taken any more.
    async fn forget_rows(&self, scope: &Scope, clicks: &[ClickId]) -> Result<Option<u64>, RemovalError> {
        let clicks: HashSet<ClickId> = clicks.iter().copied().collect();
        let (mut gone, mut wait) = (0, false);
        let mut page = PageRequest::largest();
        loop {
            let listed = self.removal.catalog.uploads().list::<PostbackUpload>(scope, &page).await?;
            for stored in listed.items {
                match self.forget_rows_of(scope, stored, &clicks).await {
                    Ok(rows) => gone += rows,
                    // The node that takes its rows was faster.
                    Err(CatalogError::VersionMismatch { .. }) => wait = true,
                    Err(CatalogError::NotFound { .. }) => {}
                    Err(error) => return Err(error.into()),
                }
            }
            let Some(next) = listed.next else { return Ok((!wait).then_some(gone)) };
            page.after = Some(next);
        }
    }

    async fn forget_rows_of(
        &self,
        scope: &Scope,
        stored: Stored<PostbackUpload>,
        clicks: &HashSet<ClickId>,
    ) -> Result<u64, CatalogError> {
        let (mut upload, mut gone) = (stored.value, 0);
        for row in upload.rows.iter_mut().filter(|row| names_one(&row.query, clicks)) {
            blank(row);
            gone += 1;
        }
        let Ok(id) = stored.id.parse() else { return Ok(0) };
        if gone > 0 {
            let pending = upload.is_open().then_some(upload.created_at);
            let keys = RecordKeys { click: upload.looked_up_by(), at: upload.created_at, pending };
            self.removal.catalog.uploads().replace(scope, (id, stored.version), &keys, &upload).await?;
        }
        Ok(gone)
    }
}

/// Whether a row, read as a postback is, names one of the clicks.
fn names_one(query: &str, clicks: &HashSet<ClickId>) -> bool {
    let parameters = read_parameters(query, &HeaderMap::new(), b"").unwrap_or_default();
    let named = |value: &str| value.trim().parse().is_ok_and(|click: ClickId| clicks.contains(&click));
    parameters.iter().any(|(_, value)| named(value))
}

fn blank(row: &mut UploadRow) {
    let reason = "what is kept about its click was erased (Settings → Privacy)".to_owned();
    *row = UploadRow {
        taken: row.taken,
        // What was taken stays a row that was good.
        refusal: row.taken.is_none().then(|| RowRefusal { code: "click_erased".to_owned(), reason }),
        ..UploadRow::new(row.line, String::new())
    };
}

#[cfg(test)]
mod tests {
    use super::*;
    use signalbox_domain::{PostbackId, Timestamp};

    #[test]
    fn a_row_is_known_by_its_click_and_keeps_only_whether_it_was_taken() {
        let click = ClickId::new(Timestamp(1_790_000_000_000), 7);
        let clicks = HashSet::from([click]);
        let row = UploadRow::new(3, format!("subid={click}&payout=5&sub1=marker"));
        assert!(names_one(&row.query, &clicks) && !names_one("subid=other&payout=5", &clicks));
        let mut open = row.clone();
        blank(&mut open);
        assert_eq!(open.refusal.as_ref().map(|it| it.code.as_str()), Some("click_erased"));
        let mut taken = UploadRow { taken: Some(PostbackId { journal: 1, seq: 2 }), ..row };
        blank(&mut taken);
        assert!(taken.refusal.is_none() && taken.taken.is_some());
        for row in [open, taken] {
            let text = serde_json::to_string(&row).unwrap();
            assert!(!text.contains("marker") && !text.contains(&click.to_string()), "{text}");
        }
    }
}
