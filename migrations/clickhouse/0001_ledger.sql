-- The first schema. Rules of this folder: plain SQL; statements end with a semicolon at the end of a line; forward only; every
-- statement can be run again after a crash in the middle (IF NOT EXISTS); a file that was released is never changed.
--
-- Every table: the workspace leads the order key; partitions are months, of the time that leads the order key; _journal and _seq
-- are the identity of the record a row comes from; non_replicated_deduplication_window is what makes a repeated insert harmless
-- (its default, 0, is off); an insert is on disk before it is confirmed, because the journal may then be trimmed (fsync_*). Words
-- are text with a dictionary, so that a new word needs no migration.

-- Applied migrations.
CREATE TABLE IF NOT EXISTS schema_migrations
(
    version     UInt32,
    name        String,
    checksum    String,
    applied_at  DateTime64(3, 'UTC'),
    applied_by  String
)
ENGINE = MergeTree
ORDER BY version;

-- The ledger: every report is one GROUP BY over it. A row is something that happened, with the dimensions of its click and signed
-- measures: a conversion that changes adds a row that takes its old state away and a row that adds the new one. Both rows carry the
-- same two times: click_at, when the click was received, and at, when the thing itself happened (for a conversion: when it was first
-- reported). Sums are therefore right by either time. Order key and types are those that measured best (1 M clicks: 25 bytes a row).
CREATE TABLE IF NOT EXISTS facts
(
    workspace         UInt64 CODEC(ZSTD(1)),
    click_at          DateTime64(3, 'UTC') CODEC(Delta(8), ZSTD(1)),
    at                DateTime64(3, 'UTC') CODEC(Delta(8), ZSTD(1)),
    kind              Enum8('click' = 1, 'landing_click' = 2, 'conversion' = 3, 'cost' = 4, 'impression' = 5) CODEC(ZSTD(1)),
    status            Enum8('none' = 0, 'lead' = 1, 'sale' = 2, 'rejected' = 3, 'trash' = 4, 'rebill' = 5, 'registration' = 6, 'deposit' = 7) CODEC(ZSTD(1)),
    campaign          UInt64 CODEC(ZSTD(1)),
    stream            UInt64 CODEC(ZSTD(1)),
    landing           UInt64 CODEC(ZSTD(1)),
    destination       UInt64 CODEC(ZSTD(1)),
    source            UInt64 CODEC(ZSTD(1)),
    network           UInt64 CODEC(ZSTD(1)),
    domain            UInt64 CODEC(ZSTD(1)),
    country           LowCardinality(String) CODEC(ZSTD(1)),
    region            LowCardinality(String) CODEC(ZSTD(1)),
    city              LowCardinality(String) CODEC(ZSTD(1)),
    isp               LowCardinality(String) CODEC(ZSTD(1)),
    asn               UInt32 CODEC(ZSTD(1)),
    connection_type   LowCardinality(String) CODEC(ZSTD(1)),
    device_type       LowCardinality(String) CODEC(ZSTD(1)),
    device_brand      LowCardinality(String) CODEC(ZSTD(1)),
    device_model      LowCardinality(String) CODEC(ZSTD(1)),
    os                LowCardinality(String) CODEC(ZSTD(1)),
    os_version        LowCardinality(String) CODEC(ZSTD(1)),
    browser           LowCardinality(String) CODEC(ZSTD(1)),
    browser_version   LowCardinality(String) CODEC(ZSTD(1)),
    language          LowCardinality(String) CODEC(ZSTD(1)),
    referrer_domain   LowCardinality(String) CODEC(ZSTD(1)),
    keyword           LowCardinality(String) CODEC(ZSTD(1)),
    ad_campaign_id    LowCardinality(String) CODEC(ZSTD(1)),
    creative_id       LowCardinality(String) CODEC(ZSTD(1)),
    site              LowCardinality(String) CODEC(ZSTD(1)),
    sub_id_1          LowCardinality(String) CODEC(ZSTD(1)),
    sub_id_2          LowCardinality(String) CODEC(ZSTD(1)),
    sub_id_3          LowCardinality(String) CODEC(ZSTD(1)),
    sub_id_4          LowCardinality(String) CODEC(ZSTD(1)),
    sub_id_5          LowCardinality(String) CODEC(ZSTD(1)),
    sub_id_6          LowCardinality(String) CODEC(ZSTD(1)),
    sub_id_7          LowCardinality(String) CODEC(ZSTD(1)),
    sub_id_8          LowCardinality(String) CODEC(ZSTD(1)),
    sub_id_9          LowCardinality(String) CODEC(ZSTD(1)),
    sub_id_10         LowCardinality(String) CODEC(ZSTD(1)),
    sub_id_11         LowCardinality(String) CODEC(ZSTD(1)),
    sub_id_12         LowCardinality(String) CODEC(ZSTD(1)),
    sub_id_13         LowCardinality(String) CODEC(ZSTD(1)),
    sub_id_14         LowCardinality(String) CODEC(ZSTD(1)),
    sub_id_15         LowCardinality(String) CODEC(ZSTD(1)),
    sub_id_16         LowCardinality(String) CODEC(ZSTD(1)),
    sub_id_17         LowCardinality(String) CODEC(ZSTD(1)),
    sub_id_18         LowCardinality(String) CODEC(ZSTD(1)),
    sub_id_19         LowCardinality(String) CODEC(ZSTD(1)),
    sub_id_20         LowCardinality(String) CODEC(ZSTD(1)),
    sub_id_21         LowCardinality(String) CODEC(ZSTD(1)),
    sub_id_22         LowCardinality(String) CODEC(ZSTD(1)),
    sub_id_23         LowCardinality(String) CODEC(ZSTD(1)),
    sub_id_24         LowCardinality(String) CODEC(ZSTD(1)),
    sub_id_25         LowCardinality(String) CODEC(ZSTD(1)),
    sub_id_26         LowCardinality(String) CODEC(ZSTD(1)),
    sub_id_27         LowCardinality(String) CODEC(ZSTD(1)),
    sub_id_28         LowCardinality(String) CODEC(ZSTD(1)),
    sub_id_29         LowCardinality(String) CODEC(ZSTD(1)),
    sub_id_30         LowCardinality(String) CODEC(ZSTD(1)),
    bot_reason        LowCardinality(String) CODEC(ZSTD(1)),
    clicks            Int8 CODEC(ZSTD(1)),
    unique_campaign   Int8 CODEC(ZSTD(1)),
    unique_stream     Int8 CODEC(ZSTD(1)),
    unique_workspace  Int8 CODEC(ZSTD(1)),
    bots              Int8 CODEC(ZSTD(1)),
    landing_views     Int8 CODEC(ZSTD(1)),
    landing_clicks    Int8 CODEC(ZSTD(1)),
    landing_hits      Int8 CODEC(ZSTD(1)),
    trafficback       Int8 CODEC(ZSTD(1)),
    conversions       Int8 CODEC(ZSTD(1)),
    leads             Int8 CODEC(ZSTD(1)),
    sales             Int8 CODEC(ZSTD(1)),
    rejected          Int8 CODEC(ZSTD(1)),
    trash             Int8 CODEC(ZSTD(1)),
    rebills           Int8 CODEC(ZSTD(1)),
    registrations     Int8 CODEC(ZSTD(1)),
    deposits          Int8 CODEC(ZSTD(1)),
    cost              Decimal(38, 9) CODEC(ZSTD(1)),
    revenue           Decimal(38, 9) CODEC(ZSTD(1)),
    revenue_confirmed Decimal(38, 9) CODEC(ZSTD(1)),
    revenue_hold      Decimal(38, 9) CODEC(ZSTD(1)),
    revenue_rejected  Decimal(38, 9) CODEC(ZSTD(1)),
    -- Milliseconds from click to conversion, of conversions that count.
    convert_ms        Int64 CODEC(ZSTD(1)),
    _journal          UInt64 CODEC(ZSTD(1)),
    _seq              UInt64 CODEC(Delta(8), ZSTD(1)),
    INDEX by_seq _seq TYPE minmax GRANULARITY 1,
    INDEX by_at at TYPE minmax GRANULARITY 1
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(click_at)
ORDER BY (workspace, toDate(click_at), campaign, click_at)
SETTINGS non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1;

-- Clicks with every field, for the log and for attribution; a landing click is a row beside its click, with the same click_at.
-- Attribution reads single rows: small granules.
CREATE TABLE IF NOT EXISTS clicks
(
    workspace         UInt64 CODEC(ZSTD(1)),
    click_at          DateTime64(3, 'UTC') CODEC(Delta(8), ZSTD(1)),
    click_id          UInt128 CODEC(ZSTD(1)),
    kind              Enum8('click' = 1, 'landing_click' = 2) CODEC(ZSTD(1)),
    at                DateTime64(3, 'UTC') CODEC(Delta(8), ZSTD(1)),
    campaign          UInt64 CODEC(ZSTD(1)),
    stream            UInt64 CODEC(ZSTD(1)),
    landing           UInt64 CODEC(ZSTD(1)),
    destination       UInt64 CODEC(ZSTD(1)),
    source            UInt64 CODEC(ZSTD(1)),
    network           UInt64 CODEC(ZSTD(1)),
    domain            UInt64 CODEC(ZSTD(1)),
    country           LowCardinality(String) CODEC(ZSTD(1)),
    region            LowCardinality(String) CODEC(ZSTD(1)),
    city              LowCardinality(String) CODEC(ZSTD(1)),
    isp               LowCardinality(String) CODEC(ZSTD(1)),
    asn               UInt32 CODEC(ZSTD(1)),
    connection_type   LowCardinality(String) CODEC(ZSTD(1)),
    device_type       LowCardinality(String) CODEC(ZSTD(1)),
    device_brand      LowCardinality(String) CODEC(ZSTD(1)),
    device_model      LowCardinality(String) CODEC(ZSTD(1)),
    os                LowCardinality(String) CODEC(ZSTD(1)),
    os_version        LowCardinality(String) CODEC(ZSTD(1)),
    browser           LowCardinality(String) CODEC(ZSTD(1)),
    browser_version   LowCardinality(String) CODEC(ZSTD(1)),
    language          LowCardinality(String) CODEC(ZSTD(1)),
    referrer_domain   LowCardinality(String) CODEC(ZSTD(1)),
    keyword           LowCardinality(String) CODEC(ZSTD(1)),
    ad_campaign_id    LowCardinality(String) CODEC(ZSTD(1)),
    creative_id       LowCardinality(String) CODEC(ZSTD(1)),
    site              LowCardinality(String) CODEC(ZSTD(1)),
    sub_id_1          LowCardinality(String) CODEC(ZSTD(1)),
    sub_id_2          LowCardinality(String) CODEC(ZSTD(1)),
    sub_id_3          LowCardinality(String) CODEC(ZSTD(1)),
    sub_id_4          LowCardinality(String) CODEC(ZSTD(1)),
    sub_id_5          LowCardinality(String) CODEC(ZSTD(1)),
    sub_id_6          LowCardinality(String) CODEC(ZSTD(1)),
    sub_id_7          LowCardinality(String) CODEC(ZSTD(1)),
    sub_id_8          LowCardinality(String) CODEC(ZSTD(1)),
    sub_id_9          LowCardinality(String) CODEC(ZSTD(1)),
    sub_id_10         LowCardinality(String) CODEC(ZSTD(1)),
    sub_id_11         LowCardinality(String) CODEC(ZSTD(1)),
    sub_id_12         LowCardinality(String) CODEC(ZSTD(1)),
    sub_id_13         LowCardinality(String) CODEC(ZSTD(1)),
    sub_id_14         LowCardinality(String) CODEC(ZSTD(1)),
    sub_id_15         LowCardinality(String) CODEC(ZSTD(1)),
    sub_id_16         LowCardinality(String) CODEC(ZSTD(1)),
    sub_id_17         LowCardinality(String) CODEC(ZSTD(1)),
    sub_id_18         LowCardinality(String) CODEC(ZSTD(1)),
    sub_id_19         LowCardinality(String) CODEC(ZSTD(1)),
    sub_id_20         LowCardinality(String) CODEC(ZSTD(1)),
    sub_id_21         LowCardinality(String) CODEC(ZSTD(1)),
    sub_id_22         LowCardinality(String) CODEC(ZSTD(1)),
    sub_id_23         LowCardinality(String) CODEC(ZSTD(1)),
    sub_id_24         LowCardinality(String) CODEC(ZSTD(1)),
    sub_id_25         LowCardinality(String) CODEC(ZSTD(1)),
    sub_id_26         LowCardinality(String) CODEC(ZSTD(1)),
    sub_id_27         LowCardinality(String) CODEC(ZSTD(1)),
    sub_id_28         LowCardinality(String) CODEC(ZSTD(1)),
    sub_id_29         LowCardinality(String) CODEC(ZSTD(1)),
    sub_id_30         LowCardinality(String) CODEC(ZSTD(1)),
    bot_reason        LowCardinality(String) CODEC(ZSTD(1)),
    outcome           LowCardinality(String) CODEC(ZSTD(1)),
    http_status       UInt16 CODEC(ZSTD(1)),
    unique_campaign   UInt8 CODEC(ZSTD(1)),
    unique_stream     UInt8 CODEC(ZSTD(1)),
    unique_workspace  UInt8 CODEC(ZSTD(1)),
    -- Of a landing click: whether it is the first of its click.
    first             UInt8 CODEC(ZSTD(1)),
    cost              Decimal(38, 9) CODEC(ZSTD(1)),
    currency          LowCardinality(String) CODEC(ZSTD(1)),
    -- What a conversion costs: a fixed amount, or parts per million of its revenue.
    conversion_cost   Decimal(38, 9) CODEC(ZSTD(1)),
    conversion_share  UInt32 CODEC(ZSTD(1)),
    conversion_model  Enum8('none' = 0, 'per_conversion' = 1, 'revenue_share' = 2) CODEC(ZSTD(1)),
    external_id       String CODEC(ZSTD(1)),
    ip                IPv6 CODEC(ZSTD(1)),
    user_agent        String CODEC(ZSTD(3)),
    referrer          String CODEC(ZSTD(3)),
    host              LowCardinality(String) CODEC(ZSTD(1)),
    path_and_query    String CODEC(ZSTD(3)),
    target            String CODEC(ZSTD(3)),
    _journal          UInt64 CODEC(ZSTD(1)),
    _seq              UInt64 CODEC(Delta(8), ZSTD(1)),
    INDEX by_click_id click_id TYPE bloom_filter(0.001) GRANULARITY 1,
    INDEX by_seq _seq TYPE minmax GRANULARITY 1
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(click_at)
ORDER BY (workspace, click_at, click_id)
SETTINGS index_granularity = 1024, non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1;

-- Every state a conversion has had. The one with the highest revision is the latest.
CREATE TABLE IF NOT EXISTS conversions
(
    workspace         UInt64 CODEC(ZSTD(1)),
    converted_at      DateTime64(3, 'UTC') CODEC(Delta(8), ZSTD(1)),
    conversion_id     UInt128 CODEC(ZSTD(1)),
    revision          UInt32 CODEC(ZSTD(1)),
    click_id          UInt128 CODEC(ZSTD(1)),
    click_at          DateTime64(3, 'UTC') CODEC(Delta(8), ZSTD(1)),
    at                DateTime64(3, 'UTC') CODEC(Delta(8), ZSTD(1)),
    campaign          UInt64 CODEC(ZSTD(1)),
    stream            UInt64 CODEC(ZSTD(1)),
    landing           UInt64 CODEC(ZSTD(1)),
    destination       UInt64 CODEC(ZSTD(1)),
    source            UInt64 CODEC(ZSTD(1)),
    network           UInt64 CODEC(ZSTD(1)),
    domain            UInt64 CODEC(ZSTD(1)),
    country           LowCardinality(String) CODEC(ZSTD(1)),
    region            LowCardinality(String) CODEC(ZSTD(1)),
    city              LowCardinality(String) CODEC(ZSTD(1)),
    isp               LowCardinality(String) CODEC(ZSTD(1)),
    asn               UInt32 CODEC(ZSTD(1)),
    connection_type   LowCardinality(String) CODEC(ZSTD(1)),
    device_type       LowCardinality(String) CODEC(ZSTD(1)),
    device_brand      LowCardinality(String) CODEC(ZSTD(1)),
    device_model      LowCardinality(String) CODEC(ZSTD(1)),
    os                LowCardinality(String) CODEC(ZSTD(1)),
    os_version        LowCardinality(String) CODEC(ZSTD(1)),
    browser           LowCardinality(String) CODEC(ZSTD(1)),
    browser_version   LowCardinality(String) CODEC(ZSTD(1)),
    language          LowCardinality(String) CODEC(ZSTD(1)),
    referrer_domain   LowCardinality(String) CODEC(ZSTD(1)),
    keyword           LowCardinality(String) CODEC(ZSTD(1)),
    ad_campaign_id    LowCardinality(String) CODEC(ZSTD(1)),
    creative_id       LowCardinality(String) CODEC(ZSTD(1)),
    site              LowCardinality(String) CODEC(ZSTD(1)),
    sub_id_1          LowCardinality(String) CODEC(ZSTD(1)),
    sub_id_2          LowCardinality(String) CODEC(ZSTD(1)),
    sub_id_3          LowCardinality(String) CODEC(ZSTD(1)),
    sub_id_4          LowCardinality(String) CODEC(ZSTD(1)),
    sub_id_5          LowCardinality(String) CODEC(ZSTD(1)),
    sub_id_6          LowCardinality(String) CODEC(ZSTD(1)),
    sub_id_7          LowCardinality(String) CODEC(ZSTD(1)),
    sub_id_8          LowCardinality(String) CODEC(ZSTD(1)),
    sub_id_9          LowCardinality(String) CODEC(ZSTD(1)),
    sub_id_10         LowCardinality(String) CODEC(ZSTD(1)),
    sub_id_11         LowCardinality(String) CODEC(ZSTD(1)),
    sub_id_12         LowCardinality(String) CODEC(ZSTD(1)),
    sub_id_13         LowCardinality(String) CODEC(ZSTD(1)),
    sub_id_14         LowCardinality(String) CODEC(ZSTD(1)),
    sub_id_15         LowCardinality(String) CODEC(ZSTD(1)),
    sub_id_16         LowCardinality(String) CODEC(ZSTD(1)),
    sub_id_17         LowCardinality(String) CODEC(ZSTD(1)),
    sub_id_18         LowCardinality(String) CODEC(ZSTD(1)),
    sub_id_19         LowCardinality(String) CODEC(ZSTD(1)),
    sub_id_20         LowCardinality(String) CODEC(ZSTD(1)),
    sub_id_21         LowCardinality(String) CODEC(ZSTD(1)),
    sub_id_22         LowCardinality(String) CODEC(ZSTD(1)),
    sub_id_23         LowCardinality(String) CODEC(ZSTD(1)),
    sub_id_24         LowCardinality(String) CODEC(ZSTD(1)),
    sub_id_25         LowCardinality(String) CODEC(ZSTD(1)),
    sub_id_26         LowCardinality(String) CODEC(ZSTD(1)),
    sub_id_27         LowCardinality(String) CODEC(ZSTD(1)),
    sub_id_28         LowCardinality(String) CODEC(ZSTD(1)),
    sub_id_29         LowCardinality(String) CODEC(ZSTD(1)),
    sub_id_30         LowCardinality(String) CODEC(ZSTD(1)),
    bot_reason        LowCardinality(String) CODEC(ZSTD(1)),
    status_before     Enum8('none' = 0, 'lead' = 1, 'sale' = 2, 'rejected' = 3, 'trash' = 4, 'rebill' = 5, 'registration' = 6, 'deposit' = 7) CODEC(ZSTD(1)),
    payout_before     Decimal(38, 9) CODEC(ZSTD(1)),
    cost_before       Decimal(38, 9) CODEC(ZSTD(1)),
    status            Enum8('none' = 0, 'lead' = 1, 'sale' = 2, 'rejected' = 3, 'trash' = 4, 'rebill' = 5, 'registration' = 6, 'deposit' = 7) CODEC(ZSTD(1)),
    payout            Decimal(38, 9) CODEC(ZSTD(1)),
    cost              Decimal(38, 9) CODEC(ZSTD(1)),
    currency          LowCardinality(String) CODEC(ZSTD(1)),
    original_status   LowCardinality(String) CODEC(ZSTD(1)),
    transaction       String CODEC(ZSTD(1)),
    original_payout   Decimal(38, 9) CODEC(ZSTD(1)),
    original_currency LowCardinality(String) CODEC(ZSTD(1)),
    external_id       String CODEC(ZSTD(1)),
    raw_journal       UInt64 CODEC(ZSTD(1)),
    raw_seq           UInt64 CODEC(Delta(8), ZSTD(1)),
    _journal          UInt64 CODEC(ZSTD(1)),
    _seq              UInt64 CODEC(Delta(8), ZSTD(1)),
    INDEX by_conversion conversion_id TYPE bloom_filter(0.001) GRANULARITY 1,
    INDEX by_click click_id TYPE bloom_filter(0.001) GRANULARITY 1,
    INDEX by_seq _seq TYPE minmax GRANULARITY 1
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(converted_at)
ORDER BY (workspace, converted_at, conversion_id, revision)
SETTINGS non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1;

-- Inbound postbacks: a row as received and a row for each verdict, joined by raw_journal and raw_seq; the latest verdict wins.
CREATE TABLE IF NOT EXISTS postbacks
(
    workspace         UInt64 CODEC(ZSTD(1)),
    received_at       DateTime64(3, 'UTC') CODEC(Delta(8), ZSTD(1)),
    raw_journal       UInt64 CODEC(ZSTD(1)),
    raw_seq           UInt64 CODEC(Delta(8), ZSTD(1)),
    verdict           Enum8('received' = 0, 'accepted' = 1, 'updated' = 2, 'duplicate' = 3, 'held' = 4, 'orphan' = 5, 'refused' = 6) CODEC(ZSTD(1)),
    at                DateTime64(3, 'UTC') CODEC(Delta(8), ZSTD(1)),
    network           UInt64 CODEC(ZSTD(1)),
    code              LowCardinality(String) CODEC(ZSTD(1)),
    reason            String CODEC(ZSTD(1)),
    click_id          UInt128 CODEC(ZSTD(1)),
    conversion_id     UInt128 CODEC(ZSTD(1)),
    method            LowCardinality(String) CODEC(ZSTD(1)),
    query             String CODEC(ZSTD(3)),
    ip                IPv6 CODEC(ZSTD(1)),
    user_agent        String CODEC(ZSTD(3)),
    _journal          UInt64 CODEC(ZSTD(1)),
    _seq              UInt64 CODEC(Delta(8), ZSTD(1)),
    INDEX by_click click_id TYPE bloom_filter(0.001) GRANULARITY 1,
    INDEX by_seq _seq TYPE minmax GRANULARITY 1
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(received_at)
ORDER BY (workspace, received_at, raw_journal, raw_seq)
SETTINGS non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1;

-- Attempts to deliver outgoing postbacks.
CREATE TABLE IF NOT EXISTS deliveries
(
    workspace         UInt64 CODEC(ZSTD(1)),
    at                DateTime64(3, 'UTC') CODEC(Delta(8), ZSTD(1)),
    output            UInt64 CODEC(ZSTD(1)),
    conversion_id     UInt128 CODEC(ZSTD(1)),
    revision          UInt32 CODEC(ZSTD(1)),
    attempt           UInt32 CODEC(ZSTD(1)),
    outcome           Enum8('delivered' = 1, 'retry' = 2, 'dead' = 3) CODEC(ZSTD(1)),
    click_id          UInt128 CODEC(ZSTD(1)),
    campaign          UInt64 CODEC(ZSTD(1)),
    source            UInt64 CODEC(ZSTD(1)),
    method            LowCardinality(String) CODEC(ZSTD(1)),
    url               String CODEC(ZSTD(3)),
    http_status       UInt16 CODEC(ZSTD(1)),
    response          String CODEC(ZSTD(3)),
    duration_ms       UInt32 CODEC(ZSTD(1)),
    _journal          UInt64 CODEC(ZSTD(1)),
    _seq              UInt64 CODEC(Delta(8), ZSTD(1)),
    INDEX by_click click_id TYPE bloom_filter(0.001) GRANULARITY 1,
    INDEX by_seq _seq TYPE minmax GRANULARITY 1
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(at)
ORDER BY (workspace, at, conversion_id, output, attempt)
SETTINGS non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1;

-- Records that could not be written, with their bytes and the reason. refused_by is the table that refused the record, or empty when
-- it could not be read; code is ClickHouse's error code, or 0. Workspace 0: unknown.
CREATE TABLE IF NOT EXISTS dead_letters
(
    workspace         UInt64 CODEC(ZSTD(1)),
    at                DateTime64(3, 'UTC') CODEC(Delta(8), ZSTD(1)),
    refused_by        LowCardinality(String) CODEC(ZSTD(1)),
    code              Int32 CODEC(ZSTD(1)),
    reason            String CODEC(ZSTD(1)),
    payload_hex       String CODEC(ZSTD(3)),
    _journal          UInt64 CODEC(ZSTD(1)),
    _seq              UInt64 CODEC(Delta(8), ZSTD(1)),
    INDEX by_seq _seq TYPE minmax GRANULARITY 1
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(at)
ORDER BY (workspace, at)
SETTINGS non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1;
