-- The whole life of a meeting: what Zoom was told, what it has otherwise, when it was held.
-- Everything may be NULL: the program before this one still writes meetings without it.
ALTER TABLE meeting ADD COLUMN since INTEGER;
ALTER TABLE meeting ADD COLUMN told_topic TEXT;
ALTER TABLE meeting ADD COLUMN told_starts_at INTEGER;
ALTER TABLE meeting ADD COLUMN told_minutes INTEGER;
ALTER TABLE meeting ADD COLUMN told_zone TEXT;
ALTER TABLE meeting ADD COLUMN drift_topic TEXT;
ALTER TABLE meeting ADD COLUMN drift_starts_at INTEGER;
ALTER TABLE meeting ADD COLUMN drift_minutes INTEGER;
ALTER TABLE meeting ADD COLUMN drift_zone TEXT;
ALTER TABLE meeting ADD COLUMN gone_at INTEGER;
ALTER TABLE meeting ADD COLUMN look_since INTEGER;
ALTER TABLE meeting ADD COLUMN promised TEXT;
ALTER TABLE meeting ADD COLUMN kept TEXT;
ALTER TABLE meeting ADD COLUMN left_by BLOB REFERENCES person (id);
UPDATE meeting SET since = updated_at;
CREATE INDEX meeting_zoom ON meeting (zoom_id) WHERE zoom_id IS NOT NULL;

-- When a meeting that was given up is looked for once more.
ALTER TABLE meeting_attempt ADD COLUMN sweep_at INTEGER;

CREATE TABLE meeting_session (
  id BLOB PRIMARY KEY NOT NULL,
  company_id BLOB NOT NULL REFERENCES company (id),
  meeting_id BLOB NOT NULL REFERENCES meeting (id),
  zoom_uuid TEXT NOT NULL,
  started_at INTEGER,
  ended_at INTEGER,
  CONSTRAINT meeting_session_once UNIQUE (meeting_id, zoom_uuid)
) STRICT;
CREATE INDEX meeting_session_company ON meeting_session (company_id, started_at);

-- How people come into new meetings: the company's rule, and a person's own.
ALTER TABLE company ADD COLUMN meeting_promise TEXT;
ALTER TABLE person ADD COLUMN meeting_promise TEXT;
