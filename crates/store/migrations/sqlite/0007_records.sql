-- Records: who did what, as a chain; what is kept how long; whose data it is.
-- A key of the installation for hashes that have to outlive a change of the master key, which wraps it.
ALTER TABLE installation ADD COLUMN hash_key BLOB;

-- Append-only. The company's id is zero for what concerns the installation itself, and no foreign key: a record outlives
-- what it is about. It holds ids and words of ours only, never a name or an address, so that erasing data breaks no link.
CREATE TABLE audit (
  company_id BLOB NOT NULL,
  number INTEGER NOT NULL CHECK (number > 0),
  at INTEGER NOT NULL,
  actor_kind TEXT NOT NULL CHECK (actor_kind IN ('person', 'zoom', 'system', 'operator')),
  actor_id BLOB,
  topic TEXT NOT NULL CHECK (topic IN ('connection', 'meeting', 'permission', 'data')),
  action TEXT NOT NULL,
  subject_kind TEXT NOT NULL,
  subject BLOB NOT NULL,
  details TEXT NOT NULL,
  previous BLOB NOT NULL,
  hash BLOB NOT NULL,
  PRIMARY KEY (company_id, number)
) STRICT;
CREATE INDEX audit_time ON audit (company_id, at, number);
CREATE INDEX audit_actor ON audit (company_id, actor_id, number);

-- The newest entry of each chain, and the newest that was removed because it was old enough.
CREATE TABLE audit_chain (
  company_id BLOB PRIMARY KEY NOT NULL,
  number INTEGER NOT NULL,
  hash BLOB NOT NULL,
  removed_number INTEGER NOT NULL,
  removed_hash BLOB NOT NULL,
  seal BLOB NOT NULL
) STRICT;

CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit BEGIN
  SELECT RAISE(ABORT, 'audit_append_only');
END;
CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit
WHEN OLD.number > COALESCE((SELECT c.removed_number FROM audit_chain c WHERE c.company_id = OLD.company_id), 0) BEGIN
  SELECT RAISE(ABORT, 'audit_append_only');
END;
CREATE TRIGGER audit_chain_forward BEFORE UPDATE ON audit_chain
WHEN NEW.company_id <> OLD.company_id OR NEW.number < OLD.number OR NEW.removed_number < OLD.removed_number BEGIN
  SELECT RAISE(ABORT, 'audit_append_only');
END;
CREATE TRIGGER audit_chain_no_delete BEFORE DELETE ON audit_chain BEGIN
  SELECT RAISE(ABORT, 'audit_append_only');
END;

-- A Zoom user once their ids are erased: a keyed hash of client id, account and user.
ALTER TABLE connection ADD COLUMN zoom_hash BLOB;
ALTER TABLE connection ADD COLUMN erase_at INTEGER;
ALTER TABLE connection ADD COLUMN erased_at INTEGER;
CREATE INDEX connection_zoom_hash ON connection (zoom_hash);
CREATE INDEX connection_erase ON connection (erase_at) WHERE erase_at IS NOT NULL;

-- How many days a company keeps what, where it is not the default, and when that was last carried out.
CREATE TABLE retention (
  company_id BLOB NOT NULL REFERENCES company (id),
  kind TEXT NOT NULL,
  days INTEGER NOT NULL CHECK (days >= 0),
  PRIMARY KEY (company_id, kind)
) STRICT;
CREATE TABLE retention_run (
  company_id BLOB NOT NULL REFERENCES company (id),
  kind TEXT NOT NULL,
  ran_at INTEGER NOT NULL,
  removed INTEGER NOT NULL,
  PRIMARY KEY (company_id, kind)
) STRICT;

-- A person asks to be erased, and what came of it.
ALTER TABLE person ADD COLUMN erased_at INTEGER;
CREATE TABLE data_request (
  id BLOB PRIMARY KEY NOT NULL,
  company_id BLOB NOT NULL REFERENCES company (id),
  person_id BLOB NOT NULL REFERENCES person (id),
  state TEXT NOT NULL CHECK (state IN ('open', 'done', 'refused', 'withdrawn')),
  asked_at INTEGER NOT NULL,
  due_at INTEGER NOT NULL,
  answered_at INTEGER,
  answered_by BLOB REFERENCES person (id),
  reply TEXT,
  proof TEXT
) STRICT;
CREATE INDEX data_request_company ON data_request (company_id, asked_at);
CREATE INDEX data_request_person ON data_request (person_id, asked_at);
CREATE UNIQUE INDEX data_request_one_open ON data_request (person_id) WHERE state = 'open';
