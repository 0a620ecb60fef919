-- When a campaign's flight ends, in microseconds since 1970: the executor looks at those that have not ended. NULL for campaigns that were
-- last written by an earlier version.
ALTER TABLE campaign ADD COLUMN ends_at INTEGER;
CREATE INDEX campaign_by_end ON campaign (ends_at);
