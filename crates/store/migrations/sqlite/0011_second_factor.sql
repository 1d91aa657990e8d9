-- Second factors, passkeys, browsers that are known, and ways back in.
ALTER TABLE company ADD COLUMN second_factor INTEGER NOT NULL DEFAULT 0;

-- When its person last proved who they are.
ALTER TABLE session ADD COLUMN proved_at INTEGER NOT NULL DEFAULT 0;

-- An invitation with a reason gives somebody their account back.
ALTER TABLE invitation ADD COLUMN reason TEXT;
ALTER TABLE invitation ADD COLUMN removes_factors INTEGER NOT NULL DEFAULT 0;

-- A browser somebody has signed in with, by a cookie that outlives its sessions.
CREATE TABLE browser (
  company_id BLOB NOT NULL REFERENCES company (id),
  person_id BLOB NOT NULL REFERENCES person (id),
  token_hash BLOB NOT NULL,
  seen_at INTEGER NOT NULL,
  PRIMARY KEY (person_id, token_hash)
) STRICT;
CREATE INDEX browser_age ON browser (seen_at);

-- An app that shows a code for the time (RFC 6238): one per person, in force once confirmed.
CREATE TABLE code_app (
  person_id BLOB PRIMARY KEY NOT NULL REFERENCES person (id),
  company_id BLOB NOT NULL REFERENCES company (id),
  data_key BLOB NOT NULL,
  secret BLOB NOT NULL,
  last_step INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  confirmed_at INTEGER
) STRICT;

CREATE TABLE recovery_code (
  company_id BLOB NOT NULL REFERENCES company (id),
  person_id BLOB NOT NULL REFERENCES person (id),
  code_hash BLOB NOT NULL,
  created_at INTEGER NOT NULL,
  used_at INTEGER,
  PRIMARY KEY (person_id, code_hash)
) STRICT;

CREATE TABLE passkey (
  id BLOB PRIMARY KEY NOT NULL,
  company_id BLOB NOT NULL REFERENCES company (id),
  person_id BLOB NOT NULL REFERENCES person (id),
  credential_id BLOB NOT NULL,
  public_key BLOB NOT NULL,
  sign_count INTEGER NOT NULL,
  name TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  used_at INTEGER,
  CONSTRAINT passkey_credential_unique UNIQUE (credential_id)
) STRICT;
CREATE INDEX passkey_person ON passkey (person_id, created_at);

-- What an authenticator is asked to sign, once.
CREATE TABLE challenge (
  challenge_hash BLOB PRIMARY KEY NOT NULL,
  purpose TEXT NOT NULL CHECK (purpose IN ('add', 'prove')),
  bound_to BLOB NOT NULL,
  expires_at INTEGER NOT NULL
) STRICT;
CREATE INDEX challenge_expiry ON challenge (expires_at);

-- Somebody whose password was right, and whose second factor is awaited.
CREATE TABLE second_step (
  token_hash BLOB PRIMARY KEY NOT NULL,
  company_id BLOB NOT NULL REFERENCES company (id),
  person_id BLOB NOT NULL REFERENCES person (id),
  expires_at INTEGER NOT NULL
) STRICT;
CREATE INDEX second_step_person ON second_step (person_id);
CREATE INDEX second_step_expiry ON second_step (expires_at);
