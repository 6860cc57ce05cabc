-- Sums by hour and campaign, which ClickHouse keeps beside the ledger and takes by itself where a report asks for nothing finer
-- (docs/adr/0017): a campaign report reads a fifteenth of the rows. The sums are those of the metrics (report/metrics.rs), all but those of
-- events; a test holds the two together.
ALTER TABLE facts ADD PROJECTION IF NOT EXISTS by_hour
(
    SELECT
        workspace, toStartOfHour(click_at), campaign, bot_reason,
        sum(clicks), sum(unique_campaign), sum(unique_stream), sum(unique_workspace), sum(bots),
        sum(landing_views), sum(landing_clicks), sum(landing_hits), sum(trafficback),
        sum(conversions), sum(leads), sum(sales), sum(rejected), sum(trash), sum(rebills), sum(registrations), sum(deposits),
        sum(cost), sum(revenue), sum(revenue_confirmed), sum(revenue_hold), sum(revenue_rejected),
        sum(convert_ms), sum(landing_ms),
        sumIf(clicks, referrer_domain = ''),
        sumIf(revenue, status = 'lead'), sumIf(revenue, status = 'sale'), sumIf(revenue, status = 'rebill'),
        sumIf(revenue, status = 'registration'), sumIf(revenue, status = 'deposit'),
        sumIf(cost, kind = 'conversion'), sumIf(cost, kind = 'cost')
    GROUP BY workspace, toStartOfHour(click_at), campaign, bot_reason
);
ALTER TABLE facts MATERIALIZE PROJECTION IF EXISTS by_hour;
