-- Our records of meetings compared with what each host has at Zoom: runs, hosts, findings.
CREATE TABLE reconciliation (
  id BLOB PRIMARY KEY NOT NULL,
  company_id BLOB NOT NULL REFERENCES company (id),
  -- Who asked for it; nobody for a night's own, and for the command line.
  asked_by BLOB REFERENCES person (id),
  -- The day whose night it belongs to, where it was begun by itself.
  night TEXT,
  started_at INTEGER NOT NULL,
  finished_at INTEGER
) STRICT;
CREATE INDEX reconciliation_company ON reconciliation (company_id, started_at);
CREATE UNIQUE INDEX reconciliation_one_open ON reconciliation (company_id) WHERE finished_at IS NULL;
CREATE UNIQUE INDEX reconciliation_one_a_night ON reconciliation (company_id, night) WHERE night IS NOT NULL;

CREATE TABLE reconciliation_host (
  run_id BLOB NOT NULL REFERENCES reconciliation (id),
  company_id BLOB NOT NULL REFERENCES company (id),
  connection_id BLOB NOT NULL REFERENCES connection (id),
  state TEXT NOT NULL CHECK (state IN ('waiting', 'compared', 'unreachable')),
  meetings INTEGER NOT NULL,
  trouble TEXT,
  PRIMARY KEY (run_id, connection_id)
) STRICT;

CREATE TABLE reconciliation_finding (
  id BLOB PRIMARY KEY NOT NULL,
  company_id BLOB NOT NULL REFERENCES company (id),
  run_id BLOB NOT NULL REFERENCES reconciliation (id),
  connection_id BLOB NOT NULL REFERENCES connection (id),
  meeting_id BLOB REFERENCES meeting (id),
  zoom_id INTEGER NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('missing', 'wrong_host', 'wrong_time', 'wrong_topic', 'doubled', 'orphaned')),
  title TEXT NOT NULL,
  differs TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('open', 'fixing', 'fixed', 'left', 'gone')),
  trouble TEXT,
  found_at INTEGER NOT NULL,
  changed_at INTEGER NOT NULL,
  changed_by BLOB REFERENCES person (id)
) STRICT;
CREATE INDEX reconciliation_finding_run ON reconciliation_finding (run_id, state);
CREATE INDEX reconciliation_finding_meeting ON reconciliation_finding (meeting_id);
CREATE UNIQUE INDEX reconciliation_finding_once ON reconciliation_finding (connection_id, kind, zoom_id) WHERE state IN ('open', 'fixing', 'left');
