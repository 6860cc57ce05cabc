//! Every metric, in the order shown to people. Formulas and edge rules are those that users of other trackers expect, with null in
//! place of a false zero.

use super::{Compute, Metric, Sum};
use Compute::{Amount, Count, MoneyPer, Number, Percent, Ratio, Seconds};

const PROFIT: super::Linear = &[(1, Sum::Revenue), (-1, Sum::Cost)];
const PROFIT_CONFIRMED: super::Linear = &[(1, Sum::RevenueConfirmed), (-1, Sum::Cost)];

const EVENT: &str =
    "What links, landing pages and postbacks said with the parameter of this event, over all clicks.";

macro_rules! metrics {
    ($($key:literal, $title:literal, $decimals:literal, $formula:literal, $description:expr, $compute:expr;)*) => {
        /// Every metric.
        pub(crate) const METRICS: &[Metric] = &[$(Metric {
            key: $key,
            title: $title,
            description: $description,
            formula: $formula,
            decimals: $decimals,
            compute: $compute,
        }),*];
    };
}

metrics! {
    "clicks", "Clicks", 0, "clicks", "Clicks on campaign links.", Count(&[(1, Sum::Clicks)]);
    "unique_clicks", "Unique clicks", 0, "unique clicks",
        "Clicks of visitors who were new to the campaign within its uniqueness period. Decided at the click, so groups add up.",
        Count(&[(1, Sum::UniqueCampaign)]);
    "unique_stream_clicks", "Unique clicks (stream)", 0, "unique clicks of the stream",
        "Clicks of visitors who were new to the stream.", Count(&[(1, Sum::UniqueStream)]);
    "unique_workspace_clicks", "Unique clicks (all)", 0, "unique clicks of the workspace",
        "Clicks of visitors who were new to the whole workspace.", Count(&[(1, Sum::UniqueWorkspace)]);
    "unique_rate", "Unique rate", 2, "unique_clicks / clicks × 100", "Share of clicks that were unique.",
        Percent(&[(1, Sum::UniqueCampaign)], &[(1, Sum::Clicks)]);
    "unique_stream_rate", "Unique rate (stream)", 2, "unique_stream_clicks / clicks × 100",
        "Share of clicks that were unique on their stream.", Percent(&[(1, Sum::UniqueStream)], &[(1, Sum::Clicks)]);
    "unique_workspace_rate", "Unique rate (all)", 2, "unique_workspace_clicks / clicks × 100",
        "Share of clicks that were unique in the workspace.", Percent(&[(1, Sum::UniqueWorkspace)], &[(1, Sum::Clicks)]);
    "bots", "Bots", 0, "bots", "Clicks held to be machines.", Count(&[(1, Sum::Bots)]);
    "bot_rate", "Bot rate", 2, "bots / clicks × 100", "Share of clicks held to be machines.",
        Percent(&[(1, Sum::Bots)], &[(1, Sum::Clicks)]);
    "trafficback", "Trafficback", 0, "trafficback", "Clicks that no stream or destination took.",
        Count(&[(1, Sum::Trafficback)]);
    "trafficback_rate", "Trafficback rate", 2, "trafficback / clicks × 100",
        "Share of clicks that no stream or destination took.", Percent(&[(1, Sum::Trafficback)], &[(1, Sum::Clicks)]);
    "empty_referrers", "Empty referrers", 0, "clicks without a referrer", "Clicks that came without a page that they came from.",
        Count(&[(1, Sum::EmptyReferrers)]);
    "empty_referrer_rate", "Empty referrer rate", 2, "empty_referrers / clicks × 100", "Share of clicks without a referrer.",
        Percent(&[(1, Sum::EmptyReferrers)], &[(1, Sum::Clicks)]);
    "landing_views", "LP views", 0, "landing views", "Clicks that were shown a landing page.",
        Count(&[(1, Sum::LandingViews)]);
    "landing_clicks", "LP clicks", 0, "landing clicks",
        "Clicks whose visitor went on from the landing page; going on twice counts once.",
        Count(&[(1, Sum::LandingClicks)]);
    "landing_hits", "LP hits", 0, "landing hits", "Every time a visitor went on from a landing page.",
        Count(&[(1, Sum::LandingHits)]);
    "lp_ctr", "LP CTR", 2, "landing_clicks / landing_views × 100", "Share of landing page views that went on.",
        Percent(&[(1, Sum::LandingClicks)], &[(1, Sum::LandingViews)]);
    "lp_click_rate", "LP click rate", 2, "landing_clicks / clicks × 100",
        "Share of all clicks whose visitor went on from a landing page.",
        Percent(&[(1, Sum::LandingClicks)], &[(1, Sum::Clicks)]);
    "time_on_landing", "Time on LP", 0, "seconds from click to first landing click / landing_clicks",
        "Mean seconds that visitors who went on had been on the landing page.",
        Seconds(&[(1, Sum::LandingMs)], &[(1, Sum::LandingClicks)]);
    "conversions", "Conversions", 0, "leads + sales + rejected + trash + registrations + deposits",
        "Conversions of every status but rebill; a rejected one stays counted.", Count(&[(1, Sum::Conversions)]);
    "leads", "Leads", 0, "leads", "Conversions with status lead.", Count(&[(1, Sum::Leads)]);
    "sales", "Sales", 0, "sales", "Conversions with status sale.", Count(&[(1, Sum::Sales)]);
    "rejected", "Rejected", 0, "rejected", "Conversions with status rejected.", Count(&[(1, Sum::Rejected)]);
    "trash", "Trash", 0, "trash", "Conversions with status trash.", Count(&[(1, Sum::Trash)]);
    "rebills", "Rebills", 0, "rebills", "Further payments of earlier conversions; they earn, but are no conversions.",
        Count(&[(1, Sum::Rebills)]);
    "registrations", "Registrations", 0, "registrations", "Conversions with status registration.",
        Count(&[(1, Sum::Registrations)]);
    "deposits", "Deposits", 0, "deposits", "Conversions with status deposit.", Count(&[(1, Sum::Deposits)]);
    "cr", "CR", 2, "conversions / clicks × 100", "Conversion rate; above 100 % when clicks convert more than once.",
        Percent(&[(1, Sum::Conversions)], &[(1, Sum::Clicks)]);
    "cr_sales", "CR (sales)", 2, "sales / clicks × 100", "Sales by clicks.",
        Percent(&[(1, Sum::Sales)], &[(1, Sum::Clicks)]);
    "cr_leads", "CR (leads)", 2, "leads / clicks × 100", "Leads by clicks.",
        Percent(&[(1, Sum::Leads)], &[(1, Sum::Clicks)]);
    "cr_registrations", "CR (registrations)", 2, "registrations / clicks × 100", "Registrations by clicks.",
        Percent(&[(1, Sum::Registrations)], &[(1, Sum::Clicks)]);
    "cr_deposits", "CR (deposits)", 2, "deposits / clicks × 100", "Deposits by clicks.",
        Percent(&[(1, Sum::Deposits)], &[(1, Sum::Clicks)]);
    "cr_unique", "CR (unique)", 2, "conversions / unique_clicks × 100", "Conversions by unique clicks.",
        Percent(&[(1, Sum::Conversions)], &[(1, Sum::UniqueCampaign)]);
    "cr_landing", "CR (offer)", 2, "conversions / landing_clicks × 100", "Conversions by landing clicks: how the offer converts.",
        Percent(&[(1, Sum::Conversions)], &[(1, Sum::LandingClicks)]);
    "deposit_rate", "Reg2Dep", 2, "deposits / registrations × 100", "Deposits by registrations.",
        Percent(&[(1, Sum::Deposits)], &[(1, Sum::Registrations)]);
    "approve", "Approve", 2, "sales / (leads + sales + rejected) × 100", "Share of conversions that were approved.",
        Percent(&[(1, Sum::Sales)], &[(1, Sum::Leads), (1, Sum::Sales), (1, Sum::Rejected)]);
    "approve_all", "Approve (with trash)", 2, "sales / (leads + sales + rejected + trash) × 100",
        "Share of conversions that were approved, trash counted.",
        Percent(&[(1, Sum::Sales)], &[(1, Sum::Leads), (1, Sum::Sales), (1, Sum::Rejected), (1, Sum::Trash)]);
    "reject_rate", "Reject rate", 2, "rejected / (leads + sales + rejected) × 100", "Share of conversions that were rejected.",
        Percent(&[(1, Sum::Rejected)], &[(1, Sum::Leads), (1, Sum::Sales), (1, Sum::Rejected)]);
    "trash_rate", "Trash rate", 2, "trash / conversions × 100", "Share of conversions that are trash.",
        Percent(&[(1, Sum::Trash)], &[(1, Sum::Conversions)]);
    "revenue", "Revenue", 2, "revenue_confirmed + revenue_hold",
        "Money of leads, sales, rebills, registrations and deposits.", Amount(&[(1, Sum::Revenue)]);
    "revenue_confirmed", "Revenue (confirmed)", 2, "money of sales, rebills and deposits", "Confirmed money.",
        Amount(&[(1, Sum::RevenueConfirmed)]);
    "revenue_hold", "Revenue (hold)", 2, "money of leads and registrations", "Money on hold.",
        Amount(&[(1, Sum::RevenueHold)]);
    "revenue_rejected", "Revenue (rejected)", 2, "money of rejected conversions",
        "Money that was rejected; no part of the revenue.", Amount(&[(1, Sum::RevenueRejected)]);
    "revenue_leads", "Revenue (leads)", 2, "money of leads", "Money of conversions with status lead.",
        Amount(&[(1, Sum::RevenueLeads)]);
    "revenue_sales", "Revenue (sales)", 2, "money of sales", "Money of conversions with status sale.",
        Amount(&[(1, Sum::RevenueSales)]);
    "revenue_rebills", "Revenue (rebills)", 2, "money of rebills", "Money of further payments.",
        Amount(&[(1, Sum::RevenueRebills)]);
    "revenue_registrations", "Revenue (registrations)", 2, "money of registrations",
        "Money of conversions with status registration.", Amount(&[(1, Sum::RevenueRegistrations)]);
    "revenue_deposits", "Revenue (deposits)", 2, "money of deposits", "Money of conversions with status deposit.",
        Amount(&[(1, Sum::RevenueDeposits)]);
    "cost", "Cost", 2, "cost", "What the traffic cost: of clicks, and of conversions with CPA and RevShare.",
        Amount(&[(1, Sum::Cost)]);
    "cost_conversions", "Cost (conversions)", 2, "cost of conversions", "The part of the cost that conversions brought: CPA and RevShare.",
        Amount(&[(1, Sum::CostConversions)]);
    "cost_corrections", "Cost (corrections)", 2, "cost set by corrections − cost before",
        "The part of the cost that corrections added or took away.", Amount(&[(1, Sum::CostCorrections)]);
    "profit", "Profit", 2, "revenue − cost", "Revenue less cost.", Amount(PROFIT);
    "profit_confirmed", "Profit (confirmed)", 2, "revenue_confirmed − cost", "Confirmed revenue less cost.",
        Amount(PROFIT_CONFIRMED);
    "roi", "ROI", 2, "(revenue − cost) / cost × 100", "Return on investment; none without cost.",
        Percent(PROFIT, &[(1, Sum::Cost)]);
    "roi_confirmed", "ROI (confirmed)", 2, "(revenue_confirmed − cost) / cost × 100",
        "Return on investment of confirmed revenue; none without cost.", Percent(PROFIT_CONFIRMED, &[(1, Sum::Cost)]);
    "margin", "Margin", 2, "(revenue − cost) / revenue × 100", "Share of the revenue that is profit; none without revenue.",
        Percent(PROFIT, &[(1, Sum::Revenue)]);
    "margin_confirmed", "Margin (confirmed)", 2, "(revenue_confirmed − cost) / revenue_confirmed × 100",
        "Share of the confirmed revenue that is profit; none without confirmed revenue.",
        Percent(PROFIT_CONFIRMED, &[(1, Sum::RevenueConfirmed)]);
    "roas", "ROAS", 2, "revenue / cost", "Return on ad spend; none without cost.",
        Ratio(&[(1, Sum::Revenue)], &[(1, Sum::Cost)]);
    "roas_confirmed", "ROAS (confirmed)", 2, "revenue_confirmed / cost", "Return on ad spend of confirmed revenue; none without cost.",
        Ratio(&[(1, Sum::RevenueConfirmed)], &[(1, Sum::Cost)]);
    "epc", "EPC", 5, "revenue / clicks", "Earned per click.", MoneyPer(&[(1, Sum::Revenue)], &[(1, Sum::Clicks)], 1);
    "epc_confirmed", "EPC (confirmed)", 5, "revenue_confirmed / clicks", "Confirmed revenue per click.",
        MoneyPer(&[(1, Sum::RevenueConfirmed)], &[(1, Sum::Clicks)], 1);
    "uepc", "uEPC", 5, "revenue / unique_clicks", "Earned per unique click.",
        MoneyPer(&[(1, Sum::Revenue)], &[(1, Sum::UniqueCampaign)], 1);
    "epv", "EPV", 5, "revenue / landing_views", "Earned per landing page view.",
        MoneyPer(&[(1, Sum::Revenue)], &[(1, Sum::LandingViews)], 1);
    "eplc", "EPLC", 5, "revenue / landing_clicks", "Earned per landing click.",
        MoneyPer(&[(1, Sum::Revenue)], &[(1, Sum::LandingClicks)], 1);
    "ppc", "PPC", 5, "(revenue − cost) / clicks", "Profit per click.", MoneyPer(PROFIT, &[(1, Sum::Clicks)], 1);
    "cpc", "CPC", 5, "cost / clicks", "Cost per click.", MoneyPer(&[(1, Sum::Cost)], &[(1, Sum::Clicks)], 1);
    "ucpc", "uCPC", 5, "cost / unique_clicks", "Cost per unique click.",
        MoneyPer(&[(1, Sum::Cost)], &[(1, Sum::UniqueCampaign)], 1);
    "cplc", "CPLC", 5, "cost / landing_clicks", "Cost per landing click.",
        MoneyPer(&[(1, Sum::Cost)], &[(1, Sum::LandingClicks)], 1);
    "cpm", "CPM", 2, "cost / clicks × 1000", "Cost per thousand clicks.",
        MoneyPer(&[(1, Sum::Cost)], &[(1, Sum::Clicks)], 1_000);
    "cpa", "CPA", 2, "cost / conversions", "Cost per conversion.",
        MoneyPer(&[(1, Sum::Cost)], &[(1, Sum::Conversions)], 1);
    "cps", "CPS", 2, "cost / sales", "Cost per sale.", MoneyPer(&[(1, Sum::Cost)], &[(1, Sum::Sales)], 1);
    "cpl", "CPL", 2, "cost / leads", "Cost per lead.", MoneyPer(&[(1, Sum::Cost)], &[(1, Sum::Leads)], 1);
    "cpr", "CPR", 2, "cost / registrations", "Cost per registration.",
        MoneyPer(&[(1, Sum::Cost)], &[(1, Sum::Registrations)], 1);
    "cpd", "CPD", 2, "cost / deposits", "Cost per deposit.", MoneyPer(&[(1, Sum::Cost)], &[(1, Sum::Deposits)], 1);
    "aov", "AOV", 2, "revenue / conversions", "Earned per conversion.",
        MoneyPer(&[(1, Sum::Revenue)], &[(1, Sum::Conversions)], 1);
    "aov_confirmed", "AOV (confirmed)", 2, "revenue_confirmed / conversions", "Confirmed revenue per conversion.",
        MoneyPer(&[(1, Sum::RevenueConfirmed)], &[(1, Sum::Conversions)], 1);
    "ecpm", "eCPM", 2, "revenue / clicks × 1000", "Earned per thousand clicks.",
        MoneyPer(&[(1, Sum::Revenue)], &[(1, Sum::Clicks)], 1_000);
    "ecpm_confirmed", "eCPM (confirmed)", 2, "revenue_confirmed / clicks × 1000", "Confirmed revenue per thousand clicks.",
        MoneyPer(&[(1, Sum::RevenueConfirmed)], &[(1, Sum::Clicks)], 1_000);
    "time_to_convert", "Time to convert", 0, "seconds from click to conversion / conversions",
        "Mean seconds from the click to the first report of the conversion.",
        Seconds(&[(1, Sum::ConvertMs)], &[(1, Sum::Conversions)]);
    "event_1", "Event 1", 0, "sum of event 1", EVENT, Number(&[(1, Sum::Event(1))]);
    "event_2", "Event 2", 0, "sum of event 2", EVENT, Number(&[(1, Sum::Event(2))]);
    "event_3", "Event 3", 0, "sum of event 3", EVENT, Number(&[(1, Sum::Event(3))]);
    "event_4", "Event 4", 0, "sum of event 4", EVENT, Number(&[(1, Sum::Event(4))]);
    "event_5", "Event 5", 0, "sum of event 5", EVENT, Number(&[(1, Sum::Event(5))]);
    "event_6", "Event 6", 0, "sum of event 6", EVENT, Number(&[(1, Sum::Event(6))]);
    "event_7", "Event 7", 0, "sum of event 7", EVENT, Number(&[(1, Sum::Event(7))]);
    "event_8", "Event 8", 0, "sum of event 8", EVENT, Number(&[(1, Sum::Event(8))]);
    "event_9", "Event 9", 0, "sum of event 9", EVENT, Number(&[(1, Sum::Event(9))]);
    "event_10", "Event 10", 0, "sum of event 10", EVENT, Number(&[(1, Sum::Event(10))]);
    "event_11", "Event 11", 0, "sum of event 11", EVENT, Number(&[(1, Sum::Event(11))]);
    "event_12", "Event 12", 0, "sum of event 12", EVENT, Number(&[(1, Sum::Event(12))]);
    "event_13", "Event 13", 0, "sum of event 13", EVENT, Number(&[(1, Sum::Event(13))]);
    "event_14", "Event 14", 0, "sum of event 14", EVENT, Number(&[(1, Sum::Event(14))]);
    "event_15", "Event 15", 0, "sum of event 15", EVENT, Number(&[(1, Sum::Event(15))]);
    "event_16", "Event 16", 0, "sum of event 16", EVENT, Number(&[(1, Sum::Event(16))]);
    "event_17", "Event 17", 0, "sum of event 17", EVENT, Number(&[(1, Sum::Event(17))]);
    "event_18", "Event 18", 0, "sum of event 18", EVENT, Number(&[(1, Sum::Event(18))]);
    "event_19", "Event 19", 0, "sum of event 19", EVENT, Number(&[(1, Sum::Event(19))]);
    "event_20", "Event 20", 0, "sum of event 20", EVENT, Number(&[(1, Sum::Event(20))]);
    "event_21", "Event 21", 0, "sum of event 21", EVENT, Number(&[(1, Sum::Event(21))]);
    "event_22", "Event 22", 0, "sum of event 22", EVENT, Number(&[(1, Sum::Event(22))]);
    "event_23", "Event 23", 0, "sum of event 23", EVENT, Number(&[(1, Sum::Event(23))]);
    "event_24", "Event 24", 0, "sum of event 24", EVENT, Number(&[(1, Sum::Event(24))]);
    "event_25", "Event 25", 0, "sum of event 25", EVENT, Number(&[(1, Sum::Event(25))]);
    "event_26", "Event 26", 0, "sum of event 26", EVENT, Number(&[(1, Sum::Event(26))]);
    "event_27", "Event 27", 0, "sum of event 27", EVENT, Number(&[(1, Sum::Event(27))]);
    "event_28", "Event 28", 0, "sum of event 28", EVENT, Number(&[(1, Sum::Event(28))]);
    "event_29", "Event 29", 0, "sum of event 29", EVENT, Number(&[(1, Sum::Event(29))]);
    "event_30", "Event 30", 0, "sum of event 30", EVENT, Number(&[(1, Sum::Event(30))]);
}

/// The metric with this key.
pub(crate) fn find(key: &str) -> Option<&'static Metric> {
    METRICS.iter().find(|metric| metric.key == key)
}
