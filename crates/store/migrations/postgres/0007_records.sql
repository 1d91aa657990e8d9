-- Records: who did what, as a chain; what is kept how long; whose data it is.
-- A key of the installation for hashes that have to outlive a change of the master key, which wraps it.
ALTER TABLE installation ADD COLUMN hash_key BYTEA;

-- Append-only. The company's id is zero for what concerns the installation itself, and no foreign key: a record outlives
-- what it is about. It holds ids and words of ours only, never a name or an address, so that erasing data breaks no link.
CREATE TABLE audit (
  company_id UUID NOT NULL,
  number BIGINT NOT NULL CHECK (number > 0),
  at BIGINT NOT NULL,
  actor_kind TEXT COLLATE "C" NOT NULL CHECK (actor_kind IN ('person', 'zoom', 'system', 'operator')),
  actor_id UUID,
  topic TEXT COLLATE "C" NOT NULL CHECK (topic IN ('connection', 'meeting', 'permission', 'data')),
  action TEXT COLLATE "C" NOT NULL,
  subject_kind TEXT COLLATE "C" NOT NULL,
  subject UUID NOT NULL,
  details TEXT NOT NULL,
  previous BYTEA NOT NULL,
  hash BYTEA NOT NULL,
  PRIMARY KEY (company_id, number)
);
CREATE INDEX audit_time ON audit (company_id, at, number);
CREATE INDEX audit_actor ON audit (company_id, actor_id, number);

-- The newest entry of each chain, and the newest that was removed because it was old enough.
CREATE TABLE audit_chain (
  company_id UUID PRIMARY KEY NOT NULL,
  number BIGINT NOT NULL,
  hash BYTEA NOT NULL,
  removed_number BIGINT NOT NULL,
  removed_hash BYTEA NOT NULL,
  seal BYTEA NOT NULL
);

CREATE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'audit_append_only' USING ERRCODE = 'restrict_violation', CONSTRAINT = 'audit_append_only';
END $$;
CREATE FUNCTION audit_refuse_delete() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.number > COALESCE((SELECT c.removed_number FROM audit_chain c WHERE c.company_id = OLD.company_id), 0) THEN
    RAISE EXCEPTION 'audit_append_only' USING ERRCODE = 'restrict_violation', CONSTRAINT = 'audit_append_only';
  END IF;
  RETURN OLD;
END $$;
CREATE FUNCTION audit_chain_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.company_id <> OLD.company_id OR NEW.number < OLD.number OR NEW.removed_number < OLD.removed_number THEN
    RAISE EXCEPTION 'audit_append_only' USING ERRCODE = 'restrict_violation', CONSTRAINT = 'audit_append_only';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit FOR EACH ROW EXECUTE FUNCTION audit_refuse();
CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit FOR EACH ROW EXECUTE FUNCTION audit_refuse_delete();
CREATE TRIGGER audit_no_truncate BEFORE TRUNCATE ON audit FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse();
CREATE TRIGGER audit_chain_forward BEFORE UPDATE ON audit_chain FOR EACH ROW EXECUTE FUNCTION audit_chain_refuse();
CREATE TRIGGER audit_chain_no_delete BEFORE DELETE ON audit_chain FOR EACH ROW EXECUTE FUNCTION audit_refuse();
CREATE TRIGGER audit_chain_no_truncate BEFORE TRUNCATE ON audit_chain FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse();

-- A Zoom user once their ids are erased: a keyed hash of client id, account and user.
ALTER TABLE connection ADD COLUMN zoom_hash BYTEA;
ALTER TABLE connection ADD COLUMN erase_at BIGINT;
ALTER TABLE connection ADD COLUMN erased_at BIGINT;
CREATE INDEX connection_zoom_hash ON connection (zoom_hash);
CREATE INDEX connection_erase ON connection (erase_at) WHERE erase_at IS NOT NULL;

-- How many days a company keeps what, where it is not the default, and when that was last carried out.
CREATE TABLE retention (
  company_id UUID NOT NULL REFERENCES company (id),
  kind TEXT COLLATE "C" NOT NULL,
  days BIGINT NOT NULL CHECK (days >= 0),
  PRIMARY KEY (company_id, kind)
);
CREATE TABLE retention_run (
  company_id UUID NOT NULL REFERENCES company (id),
  kind TEXT COLLATE "C" NOT NULL,
  ran_at BIGINT NOT NULL,
  removed BIGINT NOT NULL,
  PRIMARY KEY (company_id, kind)
);

-- A person asks to be erased, and what came of it.
ALTER TABLE person ADD COLUMN erased_at BIGINT;
CREATE TABLE data_request (
  id UUID PRIMARY KEY NOT NULL,
  company_id UUID NOT NULL REFERENCES company (id),
  person_id UUID NOT NULL REFERENCES person (id),
  state TEXT COLLATE "C" NOT NULL CHECK (state IN ('open', 'done', 'refused', 'withdrawn')),
  asked_at BIGINT NOT NULL,
  due_at BIGINT NOT NULL,
  answered_at BIGINT,
  answered_by UUID REFERENCES person (id),
  reply TEXT,
  proof TEXT
);
CREATE INDEX data_request_company ON data_request (company_id, asked_at);
CREATE INDEX data_request_person ON data_request (person_id, asked_at);
CREATE UNIQUE INDEX data_request_one_open ON data_request (person_id) WHERE state = 'open';
