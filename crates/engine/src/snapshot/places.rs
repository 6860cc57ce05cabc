//! Which campaign answers where: hosts, and slugs on them.

use super::{CompiledCampaign, hosts};
use crate::{
    CompiledUrl, Problem,
    problem::Report,
    snapshot::{RoutingInput, campaign::Workspaces},
};
use rustc_hash::FxHashMap;
use signalbox_domain::{Domain, DomainId, WorkspaceId};

/// A registered host that answers.
#[derive(Debug)]
pub struct CompiledDomain {
    /// Identity.
    pub id: DomainId,
    /// Tenant.
    pub workspace: WorkspaceId,
    /// Host name in lower case.
    pub host: Box<str>,
    /// Where unknown paths go.
    pub not_found: Option<CompiledUrl>,
    /// Whether robots that ask may visit its links.
    pub robots: bool,
    default_campaign: Option<u32>,
}

/// Campaigns that only one domain answers.
#[derive(Debug)]
struct Bound {
    workspace: WorkspaceId,
    slugs: FxHashMap<Box<str>, u32>,
}

/// Hosts and slugs. Values are positions in the snapshot's campaigns.
#[derive(Debug, Default)]
pub(super) struct Places {
    domains: FxHashMap<Box<str>, CompiledDomain>,
    bound: FxHashMap<DomainId, Bound>,
    everywhere: FxHashMap<WorkspaceId, FxHashMap<Box<str>, u32>>,
    unregistered: FxHashMap<Box<str>, u32>,
}

impl Places {
    pub(super) fn compile(
        input: &RoutingInput,
        workspaces: &Workspaces,
        campaigns: &[CompiledCampaign],
        problems: &mut Vec<Problem>,
    ) -> Self {
        let mut places = Self::default();
        places.add_domains(input, workspaces, campaigns, problems);
        // The oldest claim to a slug wins: a link that works today keeps working.
        let mut oldest_first: Vec<_> = (0_u32..).zip(campaigns).collect();
        oldest_first.sort_by_key(|(_, campaign)| campaign.id);
        for (index, campaign) in oldest_first {
            places.add_slug(index, campaign, campaigns, problems);
        }
        places
    }

    fn add_domains(
        &mut self,
        input: &RoutingInput,
        workspaces: &Workspaces,
        campaigns: &[CompiledCampaign],
        problems: &mut Vec<Problem>,
    ) {
        let mut oldest_first: Vec<_> = input.domains.iter().collect();
        oldest_first.sort_by_key(|(_, domain)| domain.id);
        for (workspace, domain) in oldest_first {
            let mut report = Report { problems, workspace: *workspace, campaign: None, stream: None };
            if let Some(compiled) = compile_domain(domain, workspaces, campaigns, &mut report) {
                if self.domains.contains_key(&compiled.host) {
                    let reason = format!("{:?} is registered already; the older one answers", domain.host);
                    report.left_out(format!("domain {}: host", domain.id), reason);
                } else {
                    let bound = Bound { workspace: *workspace, slugs: FxHashMap::default() };
                    self.bound.insert(compiled.id, bound);
                    self.domains.insert(compiled.host.clone(), compiled);
                }
            }
        }
    }

    fn add_slug(
        &mut self,
        index: u32,
        campaign: &CompiledCampaign,
        campaigns: &[CompiledCampaign],
        problems: &mut Vec<Problem>,
    ) {
        let workspace = campaign.workspace.id;
        let mut report = Report { problems, workspace, campaign: Some(campaign.id), stream: None };
        let slug: Box<str> = campaign.slug.as_str().into();
        let slugs = match campaign.domain {
            None => self.everywhere.entry(workspace).or_default(),
            Some(domain) => match self.bound.get_mut(&domain).filter(|bound| bound.workspace == workspace) {
                Some(bound) => &mut bound.slugs,
                None => {
                    let reason = "names a domain that does not exist: the campaign's link answers nowhere";
                    return report.left_out("domain_id", reason);
                }
            },
        };
        if slugs.contains_key(&slug) {
            return report.left_out("slug", format!("{slug:?} is taken by an older campaign, which answers"));
        }
        slugs.insert(slug.clone(), index);
        if campaign.domain.is_some() {
            return;
        }
        if let Some(other) = self.unregistered.get(&slug) {
            let owner = campaigns.get(*other as usize).map_or(WorkspaceId::NONE, |c| c.workspace.id);
            let reason = format!(
                "{slug:?} is taken by an older campaign of workspace {owner}, which answers on hosts that are no registered domain"
            );
            return report.warn("slug", reason);
        }
        self.unregistered.insert(slug, index);
    }

    pub(super) fn domain(&self, host: &str) -> Option<&CompiledDomain> {
        let mut buffer = [0; _];
        self.domains.get(hosts::normalise(host, &mut buffer)?)
    }

    /// The campaign that answers, and what follows its slug. `more` says whether a campaign takes more path; a slug wins over it.
    pub(super) fn find<'p>(
        &self,
        domain: Option<&CompiledDomain>,
        path: &'p str,
        more: impl Fn(u32) -> bool,
    ) -> Option<(u32, &'p str)> {
        let path = path.split_once('?').map_or(path, |(path, _)| path);
        let path = path.strip_prefix('/').unwrap_or(path);
        let bare = path.strip_suffix('/').unwrap_or(path);
        if bare.is_empty() {
            return Some((domain?.default_campaign?, ""));
        }
        // No slug is called `c`.
        if let Some(index) = self.slug(domain, bare.strip_prefix("c/").unwrap_or(bare)) {
            return Some((index, ""));
        }
        let path = path.strip_prefix("c/").unwrap_or(path);
        let (slug, rest) = path.split_at(path.find('/')?);
        let index = self.slug(domain, slug).filter(|index| more(*index))?;
        Some((index, if rest.bytes().all(|byte| byte == b'/') { "" } else { rest }))
    }

    pub(super) fn slug(&self, domain: Option<&CompiledDomain>, slug: &str) -> Option<u32> {
        match domain {
            Some(domain) => {
                let bound = self.bound.get(&domain.id).and_then(|bound| bound.slugs.get(slug));
                let everywhere = || self.everywhere.get(&domain.workspace)?.get(slug);
                bound.or_else(everywhere).copied()
            }
            None => self.unregistered.get(slug).copied(),
        }
    }
}

fn compile_domain(
    domain: &Domain,
    workspaces: &Workspaces,
    campaigns: &[CompiledCampaign],
    report: &mut Report<'_>,
) -> Option<CompiledDomain> {
    let field = |name: &str| format!("domain {}: {name}", domain.id);
    let mut usable = true;
    for error in domain.validate().err().into_iter().flat_map(|invalid| invalid.0) {
        usable &= error.field != "host";
        report.left_out(field(&error.field), error.reason);
    }
    let Some(workspace) = workspaces.get(&report.workspace) else {
        report.left_out(field("workspace"), "does not exist");
        return None;
    };
    let not_found =
        domain.not_found_url.as_ref().filter(|url| signalbox_domain::url_template::check(url).is_ok());
    let not_found = not_found
        .and_then(|url| CompiledUrl::compile_reported(url, workspace, &field("not_found_url"), report));
    let default_campaign = domain.default_campaign_id.and_then(|id| {
        let same =
            |campaign: &CompiledCampaign| campaign.id == id && campaign.workspace.id == report.workspace;
        let position = campaigns.iter().position(same);
        if position.is_none() {
            report.left_out(field("default_campaign_id"), format!("campaign {id} does not exist"));
        }
        position.map(|position| position as u32)
    });
    usable.then(|| CompiledDomain {
        id: domain.id,
        workspace: report.workspace,
        host: domain.host.as_str().into(),
        not_found,
        robots: domain.robots,
        default_campaign,
    })
}
