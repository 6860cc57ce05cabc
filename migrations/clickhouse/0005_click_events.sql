-- Events of a click: numbers that links, landing pages and postbacks say about it (docs/adr/0015). A change adds a row of kind 'event' for
-- each number that changed, with the difference; the log of conversions keeps the values after each change.
ALTER TABLE facts MODIFY COLUMN IF EXISTS kind Enum8('click' = 1, 'landing_click' = 2, 'conversion' = 3, 'cost' = 4, 'impression' = 5, 'event' = 6) CODEC(ZSTD(1));
ALTER TABLE facts ADD COLUMN IF NOT EXISTS event UInt8 DEFAULT 0 CODEC(ZSTD(1));
ALTER TABLE facts ADD COLUMN IF NOT EXISTS event_value Decimal(38, 9) DEFAULT 0 CODEC(ZSTD(1));

ALTER TABLE conversions MODIFY COLUMN IF EXISTS status_before Enum8('none' = 0, 'lead' = 1, 'sale' = 2, 'rejected' = 3, 'trash' = 4, 'rebill' = 5, 'registration' = 6, 'deposit' = 7, 'event' = 8) CODEC(ZSTD(1));
ALTER TABLE conversions MODIFY COLUMN IF EXISTS status Enum8('none' = 0, 'lead' = 1, 'sale' = 2, 'rejected' = 3, 'trash' = 4, 'rebill' = 5, 'registration' = 6, 'deposit' = 7, 'event' = 8) CODEC(ZSTD(1));
-- Values by number, '1=5 30=-2.5'.
ALTER TABLE conversions ADD COLUMN IF NOT EXISTS events String CODEC(ZSTD(1));
