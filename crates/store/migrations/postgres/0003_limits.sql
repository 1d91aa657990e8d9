-- Whose turn it is, and how much Zoom still takes.
-- A lane is what works one piece after the other: a host of meetings, or a kind of work.
ALTER TABLE job ADD COLUMN lane TEXT COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE job ADD COLUMN account TEXT COLLATE "C";
UPDATE job SET lane = kind;
CREATE INDEX job_leased ON job (lease_until) WHERE lease_until IS NOT NULL;

-- When Zoom last answered for it.
ALTER TABLE connection ADD COLUMN probed_at BIGINT;
CREATE INDEX connection_probed ON connection (probed_at) WHERE status = 'active';

-- Zoom counts the changes of one of its users per day, whichever company they are for.
CREATE TABLE zoom_usage (
  zoom_user_id TEXT COLLATE "C" NOT NULL,
  day TEXT COLLATE "C" NOT NULL,
  changes BIGINT NOT NULL,
  blocked_until BIGINT,
  PRIMARY KEY (zoom_user_id, day)
);
CREATE INDEX zoom_usage_day ON zoom_usage (day);

-- Zoom accounts that are asked nothing until an instant.
CREATE TABLE zoom_hold (
  account TEXT COLLATE "C" PRIMARY KEY NOT NULL,
  held_until BIGINT NOT NULL,
  per_day BOOLEAN NOT NULL
);

-- Zoom does not accept our own app.
CREATE TABLE zoom_trouble (
  client_id TEXT COLLATE "C" PRIMARY KEY NOT NULL,
  why TEXT NOT NULL,
  began_at BIGINT NOT NULL,
  seen_at BIGINT NOT NULL
);
