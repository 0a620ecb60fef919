-- How often something was done that several processes may do so often only, such as calls of one account.
-- A row for each time, in microseconds since 1970; rows that no window reaches any more are deleted.

CREATE TABLE call_quota (
    key TEXT    NOT NULL,
    at  INTEGER NOT NULL
) STRICT;

CREATE INDEX call_quota_by_time ON call_quota (key, at);
