-- A correction of costs adds a row (kind 'cost') for each click that it changes, with the difference. The row names its click, so
-- that a later correction knows what the click costs by then, and says whether the click was unique, so that the cost stands where
-- the click stands.
ALTER TABLE facts ADD COLUMN IF NOT EXISTS click_journal UInt64 DEFAULT 0 CODEC(ZSTD(1));
ALTER TABLE facts ADD COLUMN IF NOT EXISTS click_seq UInt64 DEFAULT 0 CODEC(Delta(8), ZSTD(1));
ALTER TABLE facts ADD COLUMN IF NOT EXISTS click_unique UInt8 DEFAULT 0 CODEC(ZSTD(1));
