-- The first schema. Instants are microseconds since 1970 in UTC; ids are UUIDv7.
-- Texts that are compared or ordered are compared by their bytes, as in SQLite: a list has one order on both, and
-- no index depends on the collation of the system the server happens to run on.
CREATE EXTENSION IF NOT EXISTS btree_gist;

CREATE TABLE installation (
  id BIGINT PRIMARY KEY NOT NULL CHECK (id = 1),
  marker UUID NOT NULL,
  key_check BYTEA NOT NULL,
  created_at BIGINT NOT NULL
);

CREATE TABLE company (
  id UUID PRIMARY KEY NOT NULL,
  name TEXT NOT NULL,
  connect_policy TEXT NOT NULL CHECK (connect_policy IN ('everybody', 'chosen', 'admins')),
  data_key BYTEA NOT NULL,
  created_at BIGINT NOT NULL
);

CREATE TABLE person (
  id UUID PRIMARY KEY NOT NULL,
  company_id UUID NOT NULL REFERENCES company (id),
  email TEXT COLLATE "C" NOT NULL,
  name TEXT COLLATE "C" NOT NULL,
  role TEXT NOT NULL CHECK (role IN ('officer', 'admin')),
  may_connect BOOLEAN NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('invited', 'active', 'deactivated')),
  password_hash TEXT,
  created_at BIGINT NOT NULL,
  deactivated_at BIGINT,
  CONSTRAINT person_email_unique UNIQUE (email)
);
CREATE INDEX person_company ON person (company_id, name);

CREATE TABLE session (
  id UUID PRIMARY KEY NOT NULL,
  token_hash BYTEA NOT NULL,
  company_id UUID NOT NULL REFERENCES company (id),
  person_id UUID NOT NULL REFERENCES person (id),
  user_agent TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  seen_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  CONSTRAINT session_token_unique UNIQUE (token_hash)
);
CREATE INDEX session_person ON session (person_id);
CREATE INDEX session_expiry ON session (expires_at);

CREATE TABLE api_token (
  id UUID PRIMARY KEY NOT NULL,
  token_hash BYTEA NOT NULL,
  company_id UUID NOT NULL REFERENCES company (id),
  person_id UUID NOT NULL REFERENCES person (id),
  name TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  seen_at BIGINT,
  revoked_at BIGINT,
  CONSTRAINT api_token_unique UNIQUE (token_hash)
);
CREATE INDEX api_token_person ON api_token (person_id);

CREATE TABLE invitation (
  id UUID PRIMARY KEY NOT NULL,
  token_hash BYTEA NOT NULL,
  company_id UUID NOT NULL REFERENCES company (id),
  person_id UUID NOT NULL REFERENCES person (id),
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  used_at BIGINT,
  CONSTRAINT invitation_token_unique UNIQUE (token_hash)
);
CREATE INDEX invitation_person ON invitation (person_id);

CREATE TABLE site (
  id UUID PRIMARY KEY NOT NULL,
  company_id UUID NOT NULL REFERENCES company (id),
  name TEXT NOT NULL,
  time_zone TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('open', 'retired')),
  created_at BIGINT NOT NULL
);

CREATE TABLE room (
  id UUID PRIMARY KEY NOT NULL,
  company_id UUID NOT NULL REFERENCES company (id),
  site_id UUID NOT NULL REFERENCES site (id),
  name TEXT COLLATE "C" NOT NULL,
  capacity BIGINT NOT NULL CHECK (capacity > 0),
  equipment TEXT NOT NULL,
  bookable_hours TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('open', 'retired')),
  revision BIGINT NOT NULL,
  schedule_version BIGINT NOT NULL,
  created_at BIGINT NOT NULL
);
CREATE INDEX room_company ON room (company_id, site_id);

CREATE TABLE booking (
  id UUID PRIMARY KEY NOT NULL,
  company_id UUID NOT NULL REFERENCES company (id),
  room_id UUID NOT NULL REFERENCES room (id),
  organizer_id UUID NOT NULL REFERENCES person (id),
  booker_id UUID NOT NULL REFERENCES person (id),
  title TEXT NOT NULL,
  starts_at BIGINT NOT NULL,
  ends_at BIGINT NOT NULL,
  time_zone TEXT NOT NULL,
  local_start TEXT NOT NULL,
  local_end TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('confirmed', 'pending', 'declined', 'cancelled')),
  conference TEXT CHECK (conference IN ('zoom')),
  invitees TEXT NOT NULL,
  revision BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  cancelled_at BIGINT,
  cancel_reason TEXT,
  -- A day at most, so that a look-up by start can stop a day earlier.
  CONSTRAINT booking_not_reversed CHECK (ends_at > starts_at),
  CONSTRAINT booking_a_day_at_most CHECK (ends_at - starts_at <= 86400000000),
  CONSTRAINT booking_no_overlap EXCLUDE USING gist (room_id WITH =, int8range(starts_at, ends_at) WITH &&)
    WHERE (state IN ('confirmed', 'pending'))
);
CREATE INDEX booking_room_time ON booking (room_id, starts_at) WHERE state IN ('confirmed', 'pending');
CREATE INDEX booking_company_time ON booking (company_id, starts_at);
CREATE INDEX booking_organizer_time ON booking (organizer_id, starts_at);
CREATE INDEX booking_booker_time ON booking (booker_id, starts_at);

CREATE TABLE connection (
  id UUID PRIMARY KEY NOT NULL,
  company_id UUID NOT NULL REFERENCES company (id),
  person_id UUID NOT NULL REFERENCES person (id),
  provider TEXT COLLATE "C" NOT NULL CHECK (provider IN ('zoom')),
  client_id TEXT COLLATE "C" NOT NULL,
  zoom_user_id TEXT COLLATE "C" NOT NULL,
  zoom_account_id TEXT NOT NULL,
  zoom_email TEXT NOT NULL,
  zoom_name TEXT NOT NULL,
  zoom_licensed BOOLEAN,
  scopes TEXT NOT NULL,
  api_url TEXT,
  status TEXT NOT NULL CHECK (status IN ('active', 'inactive', 'needs_attention')),
  attention TEXT,
  epoch BIGINT NOT NULL,
  data_key BYTEA,
  access_token BYTEA,
  refresh_token BYTEA,
  token_version BIGINT NOT NULL,
  access_expires_at BIGINT NOT NULL,
  refreshing_until BIGINT,
  granted_at BIGINT NOT NULL,
  connected_at BIGINT NOT NULL,
  disconnected_at BIGINT,
  disconnected_by TEXT CHECK (disconnected_by IN ('user', 'zoom', 'system')),
  CONSTRAINT connection_tokens_shredded CHECK (
    (status = 'inactive') = (disconnected_at IS NOT NULL)
    AND (status <> 'inactive' OR (data_key IS NULL AND access_token IS NULL AND refresh_token IS NULL)))
);
CREATE UNIQUE INDEX connection_one_current ON connection (person_id, provider) WHERE status <> 'inactive';
CREATE INDEX connection_person ON connection (person_id, connected_at);
CREATE INDEX connection_zoom_user ON connection (client_id, zoom_user_id);

CREATE TABLE oauth_attempt (
  state_hash BYTEA PRIMARY KEY NOT NULL,
  company_id UUID NOT NULL REFERENCES company (id),
  person_id UUID NOT NULL REFERENCES person (id),
  session_id UUID NOT NULL,
  verifier BYTEA NOT NULL,
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  used_at BIGINT
);
CREATE INDEX oauth_attempt_expiry ON oauth_attempt (expires_at);

CREATE TABLE meeting (
  id UUID PRIMARY KEY NOT NULL,
  company_id UUID NOT NULL REFERENCES company (id),
  booking_id UUID NOT NULL REFERENCES booking (id),
  host_id UUID NOT NULL REFERENCES person (id),
  connection_id UUID NOT NULL REFERENCES connection (id),
  provider TEXT NOT NULL CHECK (provider IN ('zoom')),
  state TEXT NOT NULL CHECK (state IN ('pending', 'uncertain', 'ready', 'failed', 'removing', 'removed', 'detached')),
  zoom_id BIGINT,
  join_url BYTEA,
  passcode BYTEA,
  host_email TEXT,
  synced_revision BIGINT NOT NULL,
  failure TEXT,
  attempts BIGINT NOT NULL,
  next_try_at BIGINT,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
);
CREATE INDEX meeting_booking ON meeting (booking_id, created_at);
CREATE INDEX meeting_connection ON meeting (connection_id, state);
CREATE UNIQUE INDEX meeting_one_wanted ON meeting (booking_id) WHERE state IN ('pending', 'uncertain', 'ready');

CREATE TABLE meeting_attempt (
  id UUID PRIMARY KEY NOT NULL,
  company_id UUID NOT NULL REFERENCES company (id),
  meeting_id UUID NOT NULL REFERENCES meeting (id),
  connection_epoch BIGINT NOT NULL,
  outcome TEXT NOT NULL CHECK (outcome IN ('open', 'made', 'not_made')),
  note TEXT,
  started_at BIGINT NOT NULL,
  finished_at BIGINT
);
CREATE INDEX meeting_attempt_meeting ON meeting_attempt (meeting_id, started_at);

CREATE TABLE job (
  id UUID PRIMARY KEY NOT NULL,
  kind TEXT COLLATE "C" NOT NULL,
  subject UUID NOT NULL,
  company_id UUID REFERENCES company (id),
  payload TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('queued', 'dead')),
  run_at BIGINT NOT NULL,
  generation BIGINT NOT NULL,
  attempts BIGINT NOT NULL,
  lease_until BIGINT,
  last_error TEXT,
  created_at BIGINT NOT NULL,
  CONSTRAINT job_one_per_subject UNIQUE (kind, subject)
);
CREATE INDEX job_due ON job (run_at) WHERE state = 'queued';

CREATE TABLE inbox (
  id UUID PRIMARY KEY NOT NULL,
  source TEXT COLLATE "C" NOT NULL,
  dedupe_key BYTEA NOT NULL,
  name TEXT NOT NULL,
  body BYTEA NOT NULL,
  received_at BIGINT NOT NULL,
  processed_at BIGINT,
  outcome TEXT,
  CONSTRAINT inbox_once UNIQUE (source, dedupe_key)
);
CREATE INDEX inbox_received ON inbox (received_at);

CREATE TABLE idempotency (
  person_id UUID NOT NULL REFERENCES person (id),
  key TEXT COLLATE "C" NOT NULL,
  company_id UUID NOT NULL REFERENCES company (id),
  request_hash BYTEA NOT NULL,
  subject UUID NOT NULL,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (person_id, key)
);
CREATE INDEX idempotency_age ON idempotency (created_at);

CREATE TABLE event (
  id UUID PRIMARY KEY NOT NULL,
  company_id UUID NOT NULL REFERENCES company (id),
  subject UUID NOT NULL,
  kind TEXT NOT NULL,
  actor_id UUID,
  actor_kind TEXT NOT NULL CHECK (actor_kind IN ('person', 'zoom', 'system')),
  detail TEXT NOT NULL,
  at BIGINT NOT NULL
);
CREATE INDEX event_subject ON event (subject, at);
CREATE INDEX event_company ON event (company_id, at);

CREATE TABLE notice (
  id UUID PRIMARY KEY NOT NULL,
  company_id UUID NOT NULL REFERENCES company (id),
  person_id UUID NOT NULL REFERENCES person (id),
  kind TEXT NOT NULL,
  subject UUID NOT NULL,
  detail TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  dismissed_at BIGINT
);
CREATE INDEX notice_person ON notice (person_id, created_at);
