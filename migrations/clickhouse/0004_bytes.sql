-- Fewer bytes a click (docs/adr/0014): what repeats becomes a word of a dictionary. Rows that are there are rewritten in the background of
-- this migration and lose nothing; writers of earlier versions go on, their values become words by themselves.
--
-- user_agent, referrer, path_and_query and target are long and repeat, the last two because what stands in other columns of the row is
-- left out of them (packed.rs). Ids in the order of time are noise to a compressor, their numbers in a dictionary are not.
ALTER TABLE clicks MODIFY COLUMN IF EXISTS user_agent LowCardinality(String) CODEC(ZSTD(1));
ALTER TABLE clicks MODIFY COLUMN IF EXISTS referrer LowCardinality(String) CODEC(ZSTD(1));
ALTER TABLE clicks MODIFY COLUMN IF EXISTS path_and_query LowCardinality(String) CODEC(ZSTD(1));
ALTER TABLE clicks MODIFY COLUMN IF EXISTS target LowCardinality(String) CODEC(ZSTD(1));
ALTER TABLE clicks MODIFY COLUMN IF EXISTS campaign LowCardinality(UInt64) CODEC(ZSTD(1)) SETTINGS allow_suspicious_low_cardinality_types = 1;
ALTER TABLE clicks MODIFY COLUMN IF EXISTS stream LowCardinality(UInt64) CODEC(ZSTD(1)) SETTINGS allow_suspicious_low_cardinality_types = 1;
ALTER TABLE clicks MODIFY COLUMN IF EXISTS destination LowCardinality(UInt64) CODEC(ZSTD(1)) SETTINGS allow_suspicious_low_cardinality_types = 1;
ALTER TABLE clicks MODIFY COLUMN IF EXISTS landing LowCardinality(UInt64) CODEC(ZSTD(1)) SETTINGS allow_suspicious_low_cardinality_types = 1;
ALTER TABLE clicks MODIFY COLUMN IF EXISTS asn LowCardinality(UInt32) CODEC(ZSTD(1)) SETTINGS allow_suspicious_low_cardinality_types = 1;

-- How the key of the visitor is had: 0, visitor is it; 1, from address and user agent, which are in the row.
ALTER TABLE clicks ADD COLUMN IF NOT EXISTS visitor_by UInt8 DEFAULT 0 CODEC(ZSTD(1));

ALTER TABLE clicks MODIFY COLUMN IF EXISTS _seq UInt64 CODEC(DoubleDelta, ZSTD(1));
ALTER TABLE clicks MODIFY COLUMN IF EXISTS cost Decimal(38, 9) CODEC(ZSTD(3));
ALTER TABLE facts MODIFY COLUMN IF EXISTS cost Decimal(38, 9) CODEC(ZSTD(3));

-- One granule in a hundred is read in vain, instead of one in a thousand, for a third less.
ALTER TABLE clicks DROP INDEX IF EXISTS by_click_id;
ALTER TABLE clicks ADD INDEX IF NOT EXISTS by_id click_id TYPE bloom_filter(0.01) GRANULARITY 1;
ALTER TABLE clicks MATERIALIZE INDEX IF EXISTS by_id;
