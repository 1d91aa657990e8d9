-- Whose turn it is, and how much Zoom still takes.
-- A lane is what works one piece after the other: a host of meetings, or a kind of work.
ALTER TABLE job ADD COLUMN lane TEXT NOT NULL DEFAULT '';
ALTER TABLE job ADD COLUMN account TEXT;
UPDATE job SET lane = kind;
CREATE INDEX job_leased ON job (lease_until) WHERE lease_until IS NOT NULL;

-- When Zoom last answered for it.
ALTER TABLE connection ADD COLUMN probed_at INTEGER;
CREATE INDEX connection_probed ON connection (probed_at) WHERE status = 'active';

-- Zoom counts the changes of one of its users per day, whichever company they are for.
CREATE TABLE zoom_usage (
  zoom_user_id TEXT NOT NULL,
  day TEXT NOT NULL,
  changes INTEGER NOT NULL,
  blocked_until INTEGER,
  PRIMARY KEY (zoom_user_id, day)
) STRICT;
CREATE INDEX zoom_usage_day ON zoom_usage (day);

-- Zoom accounts that are asked nothing until an instant.
CREATE TABLE zoom_hold (
  account TEXT PRIMARY KEY NOT NULL,
  held_until INTEGER NOT NULL,
  per_day INTEGER NOT NULL
) STRICT;

-- Zoom does not accept our own app.
CREATE TABLE zoom_trouble (
  client_id TEXT PRIMARY KEY NOT NULL,
  why TEXT NOT NULL,
  began_at INTEGER NOT NULL,
  seen_at INTEGER NOT NULL
) STRICT;
