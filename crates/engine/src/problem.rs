//! What was wrong with the configuration when it was compiled.

use serde::{Deserialize, Serialize};
use signalbox_domain::{CampaignId, StreamId, WorkspaceId};

/// What a problem did to routing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// The part named by the problem takes no part in routing.
    LeftOut,
    /// Routing goes on, but probably not as somebody meant it.
    Warning,
}

/// One thing wrong with the configuration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// Tenant it belongs to.
    pub workspace: WorkspaceId,
    /// Campaign it belongs to, if any.
    pub campaign: Option<CampaignId>,
    /// Stream it belongs to, if any.
    pub stream: Option<StreamId>,
    /// Where: a field of the campaign, or `destination ID: field` and the like for parts that stand alone.
    pub field: String,
    /// What is wrong and what follows from it.
    pub reason: String,
    /// What it did to routing.
    pub severity: Severity,
}

/// Collects problems of one place.
pub(crate) struct Report<'a> {
    pub(crate) problems: &'a mut Vec<Problem>,
    pub(crate) workspace: WorkspaceId,
    pub(crate) campaign: Option<CampaignId>,
    pub(crate) stream: Option<StreamId>,
}

impl Report<'_> {
    pub(crate) fn left_out(&mut self, field: impl Into<String>, reason: impl Into<String>) {
        self.push(field.into(), reason.into(), Severity::LeftOut);
    }

    pub(crate) fn warn(&mut self, field: impl Into<String>, reason: impl Into<String>) {
        self.push(field.into(), reason.into(), Severity::Warning);
    }

    fn push(&mut self, field: String, reason: String, severity: Severity) {
        let (workspace, campaign, stream) = (self.workspace, self.campaign, self.stream);
        self.problems.push(Problem { workspace, campaign, stream, field, reason, severity });
    }

    /// The same report for one stream.
    pub(crate) fn of_stream(&mut self, stream: StreamId) -> Report<'_> {
        Report {
            problems: self.problems,
            workspace: self.workspace,
            campaign: self.campaign,
            stream: Some(stream),
        }
    }
}
