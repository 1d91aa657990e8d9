-- Second factors, passkeys, browsers that are known, and ways back in.
ALTER TABLE company ADD COLUMN second_factor BOOLEAN NOT NULL DEFAULT FALSE;

-- When its person last proved who they are.
ALTER TABLE session ADD COLUMN proved_at BIGINT NOT NULL DEFAULT 0;

-- An invitation with a reason gives somebody their account back.
ALTER TABLE invitation ADD COLUMN reason TEXT;
ALTER TABLE invitation ADD COLUMN removes_factors BOOLEAN NOT NULL DEFAULT FALSE;

-- A browser somebody has signed in with, by a cookie that outlives its sessions.
CREATE TABLE browser (
  company_id UUID NOT NULL REFERENCES company (id),
  person_id UUID NOT NULL REFERENCES person (id),
  token_hash BYTEA NOT NULL,
  seen_at BIGINT NOT NULL,
  PRIMARY KEY (person_id, token_hash)
);
CREATE INDEX browser_age ON browser (seen_at);

-- An app that shows a code for the time (RFC 6238): one per person, in force once confirmed.
CREATE TABLE code_app (
  person_id UUID PRIMARY KEY NOT NULL REFERENCES person (id),
  company_id UUID NOT NULL REFERENCES company (id),
  data_key BYTEA NOT NULL,
  secret BYTEA NOT NULL,
  last_step BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  confirmed_at BIGINT
);

CREATE TABLE recovery_code (
  company_id UUID NOT NULL REFERENCES company (id),
  person_id UUID NOT NULL REFERENCES person (id),
  code_hash BYTEA NOT NULL,
  created_at BIGINT NOT NULL,
  used_at BIGINT,
  PRIMARY KEY (person_id, code_hash)
);

CREATE TABLE passkey (
  id UUID PRIMARY KEY NOT NULL,
  company_id UUID NOT NULL REFERENCES company (id),
  person_id UUID NOT NULL REFERENCES person (id),
  credential_id BYTEA NOT NULL,
  public_key BYTEA NOT NULL,
  sign_count BIGINT NOT NULL,
  name TEXT COLLATE "C" NOT NULL,
  created_at BIGINT NOT NULL,
  used_at BIGINT,
  CONSTRAINT passkey_credential_unique UNIQUE (credential_id)
);
CREATE INDEX passkey_person ON passkey (person_id, created_at);

-- What an authenticator is asked to sign, once.
CREATE TABLE challenge (
  challenge_hash BYTEA PRIMARY KEY NOT NULL,
  purpose TEXT COLLATE "C" NOT NULL CHECK (purpose IN ('add', 'prove')),
  bound_to BYTEA NOT NULL,
  expires_at BIGINT NOT NULL
);
CREATE INDEX challenge_expiry ON challenge (expires_at);

-- Somebody whose password was right, and whose second factor is awaited.
CREATE TABLE second_step (
  token_hash BYTEA PRIMARY KEY NOT NULL,
  company_id UUID NOT NULL REFERENCES company (id),
  person_id UUID NOT NULL REFERENCES person (id),
  expires_at BIGINT NOT NULL
);
CREATE INDEX second_step_person ON second_step (person_id);
CREATE INDEX second_step_expiry ON second_step (expires_at);
