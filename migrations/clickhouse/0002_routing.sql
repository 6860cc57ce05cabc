-- What the routing engine knows more of a click: the trace of its decision, the campaign it was passed on to, the visitor's key, and
-- whether the tracking script recorded it. And how long visitors stay on a landing page.
ALTER TABLE clicks ADD COLUMN IF NOT EXISTS trace String CODEC(ZSTD(3));
ALTER TABLE clicks ADD COLUMN IF NOT EXISTS passed_to UInt64 CODEC(ZSTD(1));
ALTER TABLE clicks ADD COLUMN IF NOT EXISTS visitor UInt64 CODEC(ZSTD(1));
ALTER TABLE clicks ADD COLUMN IF NOT EXISTS by_script UInt8 CODEC(ZSTD(1));

-- Milliseconds from click to first landing click.
ALTER TABLE facts ADD COLUMN IF NOT EXISTS landing_ms Int64 CODEC(ZSTD(1)) AFTER convert_ms;
