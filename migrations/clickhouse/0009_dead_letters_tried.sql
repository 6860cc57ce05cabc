-- Dead letters that people had tried again. A try adds a row with the identity, the time and the bytes of the first one, the number of the
-- try, and what became of it: written, or still refused, with the newest reason. The row with the highest number is what holds.
ALTER TABLE dead_letters ADD COLUMN IF NOT EXISTS tries UInt32 DEFAULT 0 CODEC(ZSTD(1));
ALTER TABLE dead_letters ADD COLUMN IF NOT EXISTS tried_at DateTime64(3, 'UTC') DEFAULT 0 CODEC(ZSTD(1));
ALTER TABLE dead_letters ADD COLUMN IF NOT EXISTS written UInt8 DEFAULT 0 CODEC(ZSTD(1));
