-- The first schema. Instants are microseconds since 1970 in UTC; ids are UUIDv7.
CREATE TABLE installation (
  id INTEGER PRIMARY KEY NOT NULL CHECK (id = 1),
  marker BLOB NOT NULL,
  key_check BLOB NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE company (
  id BLOB PRIMARY KEY NOT NULL,
  name TEXT NOT NULL,
  connect_policy TEXT NOT NULL CHECK (connect_policy IN ('everybody', 'chosen', 'admins')),
  data_key BLOB NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE person (
  id BLOB PRIMARY KEY NOT NULL,
  company_id BLOB NOT NULL REFERENCES company (id),
  email TEXT NOT NULL,
  name TEXT NOT NULL,
  role TEXT NOT NULL CHECK (role IN ('officer', 'admin')),
  may_connect INTEGER NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('invited', 'active', 'deactivated')),
  password_hash TEXT,
  created_at INTEGER NOT NULL,
  deactivated_at INTEGER,
  CONSTRAINT person_email_unique UNIQUE (email)
) STRICT;
CREATE INDEX person_company ON person (company_id, name);

CREATE TABLE session (
  id BLOB PRIMARY KEY NOT NULL,
  token_hash BLOB NOT NULL,
  company_id BLOB NOT NULL REFERENCES company (id),
  person_id BLOB NOT NULL REFERENCES person (id),
  user_agent TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  seen_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  CONSTRAINT session_token_unique UNIQUE (token_hash)
) STRICT;
CREATE INDEX session_person ON session (person_id);
CREATE INDEX session_expiry ON session (expires_at);

CREATE TABLE api_token (
  id BLOB PRIMARY KEY NOT NULL,
  token_hash BLOB NOT NULL,
  company_id BLOB NOT NULL REFERENCES company (id),
  person_id BLOB NOT NULL REFERENCES person (id),
  name TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  seen_at INTEGER,
  revoked_at INTEGER,
  CONSTRAINT api_token_unique UNIQUE (token_hash)
) STRICT;
CREATE INDEX api_token_person ON api_token (person_id);

CREATE TABLE invitation (
  id BLOB PRIMARY KEY NOT NULL,
  token_hash BLOB NOT NULL,
  company_id BLOB NOT NULL REFERENCES company (id),
  person_id BLOB NOT NULL REFERENCES person (id),
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  used_at INTEGER,
  CONSTRAINT invitation_token_unique UNIQUE (token_hash)
) STRICT;
CREATE INDEX invitation_person ON invitation (person_id);

CREATE TABLE site (
  id BLOB PRIMARY KEY NOT NULL,
  company_id BLOB NOT NULL REFERENCES company (id),
  name TEXT NOT NULL,
  time_zone TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('open', 'retired')),
  created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE room (
  id BLOB PRIMARY KEY NOT NULL,
  company_id BLOB NOT NULL REFERENCES company (id),
  site_id BLOB NOT NULL REFERENCES site (id),
  name TEXT NOT NULL,
  capacity INTEGER NOT NULL CHECK (capacity > 0),
  equipment TEXT NOT NULL,
  bookable_hours TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('open', 'retired')),
  revision INTEGER NOT NULL,
  schedule_version INTEGER NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX room_company ON room (company_id, site_id);

CREATE TABLE booking (
  id BLOB PRIMARY KEY NOT NULL,
  company_id BLOB NOT NULL REFERENCES company (id),
  room_id BLOB NOT NULL REFERENCES room (id),
  organizer_id BLOB NOT NULL REFERENCES person (id),
  booker_id BLOB NOT NULL REFERENCES person (id),
  title TEXT NOT NULL,
  starts_at INTEGER NOT NULL,
  ends_at INTEGER NOT NULL,
  time_zone TEXT NOT NULL,
  local_start TEXT NOT NULL,
  local_end TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('confirmed', 'pending', 'declined', 'cancelled')),
  conference TEXT CHECK (conference IN ('zoom')),
  invitees TEXT NOT NULL,
  revision INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  cancelled_at INTEGER,
  cancel_reason TEXT,
  -- A day at most, so that a look-up by start can stop a day earlier.
  CONSTRAINT booking_not_reversed CHECK (ends_at > starts_at),
  CONSTRAINT booking_a_day_at_most CHECK (ends_at - starts_at <= 86400000000)
) STRICT;
-- SQLite has no exclusion constraint: the triggers raise its name.
CREATE TRIGGER booking_no_overlap_insert BEFORE INSERT ON booking
WHEN NEW.state IN ('confirmed', 'pending') BEGIN
  SELECT RAISE(ABORT, 'booking_no_overlap') WHERE EXISTS (
    SELECT 1 FROM booking b
    WHERE b.room_id = NEW.room_id AND b.state IN ('confirmed', 'pending')
      AND b.starts_at < NEW.ends_at AND b.starts_at > NEW.starts_at - 86400000000
      AND b.ends_at > NEW.starts_at);
END;
CREATE TRIGGER booking_no_overlap_update BEFORE UPDATE OF room_id, starts_at, ends_at, state ON booking
WHEN NEW.state IN ('confirmed', 'pending') BEGIN
  SELECT RAISE(ABORT, 'booking_no_overlap') WHERE EXISTS (
    SELECT 1 FROM booking b
    WHERE b.room_id = NEW.room_id AND b.state IN ('confirmed', 'pending') AND b.id <> NEW.id
      AND b.starts_at < NEW.ends_at AND b.starts_at > NEW.starts_at - 86400000000
      AND b.ends_at > NEW.starts_at);
END;
CREATE INDEX booking_room_time ON booking (room_id, starts_at) WHERE state IN ('confirmed', 'pending');
CREATE INDEX booking_company_time ON booking (company_id, starts_at);
CREATE INDEX booking_organizer_time ON booking (organizer_id, starts_at);
CREATE INDEX booking_booker_time ON booking (booker_id, starts_at);

CREATE TABLE connection (
  id BLOB PRIMARY KEY NOT NULL,
  company_id BLOB NOT NULL REFERENCES company (id),
  person_id BLOB NOT NULL REFERENCES person (id),
  provider TEXT NOT NULL CHECK (provider IN ('zoom')),
  client_id TEXT NOT NULL,
  zoom_user_id TEXT NOT NULL,
  zoom_account_id TEXT NOT NULL,
  zoom_email TEXT NOT NULL,
  zoom_name TEXT NOT NULL,
  zoom_licensed INTEGER,
  scopes TEXT NOT NULL,
  api_url TEXT,
  status TEXT NOT NULL CHECK (status IN ('active', 'inactive', 'needs_attention')),
  attention TEXT,
  epoch INTEGER NOT NULL,
  data_key BLOB,
  access_token BLOB,
  refresh_token BLOB,
  token_version INTEGER NOT NULL,
  access_expires_at INTEGER NOT NULL,
  refreshing_until INTEGER,
  granted_at INTEGER NOT NULL,
  connected_at INTEGER NOT NULL,
  disconnected_at INTEGER,
  disconnected_by TEXT CHECK (disconnected_by IN ('user', 'zoom', 'system')),
  CONSTRAINT connection_tokens_shredded CHECK (
    (status = 'inactive') = (disconnected_at IS NOT NULL)
    AND (status <> 'inactive' OR (data_key IS NULL AND access_token IS NULL AND refresh_token IS NULL)))
) STRICT;
CREATE UNIQUE INDEX connection_one_current ON connection (person_id, provider) WHERE status <> 'inactive';
CREATE INDEX connection_person ON connection (person_id, connected_at);
CREATE INDEX connection_zoom_user ON connection (client_id, zoom_user_id);

CREATE TABLE oauth_attempt (
  state_hash BLOB PRIMARY KEY NOT NULL,
  company_id BLOB NOT NULL REFERENCES company (id),
  person_id BLOB NOT NULL REFERENCES person (id),
  session_id BLOB NOT NULL,
  verifier BLOB NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  used_at INTEGER
) STRICT;
CREATE INDEX oauth_attempt_expiry ON oauth_attempt (expires_at);

CREATE TABLE meeting (
  id BLOB PRIMARY KEY NOT NULL,
  company_id BLOB NOT NULL REFERENCES company (id),
  booking_id BLOB NOT NULL REFERENCES booking (id),
  host_id BLOB NOT NULL REFERENCES person (id),
  connection_id BLOB NOT NULL REFERENCES connection (id),
  provider TEXT NOT NULL CHECK (provider IN ('zoom')),
  state TEXT NOT NULL CHECK (state IN ('pending', 'uncertain', 'ready', 'failed', 'removing', 'removed', 'detached')),
  zoom_id INTEGER,
  join_url BLOB,
  passcode BLOB,
  host_email TEXT,
  synced_revision INTEGER NOT NULL,
  failure TEXT,
  attempts INTEGER NOT NULL,
  next_try_at INTEGER,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
) STRICT;
CREATE INDEX meeting_booking ON meeting (booking_id, created_at);
CREATE INDEX meeting_connection ON meeting (connection_id, state);
CREATE UNIQUE INDEX meeting_one_wanted ON meeting (booking_id) WHERE state IN ('pending', 'uncertain', 'ready');

CREATE TABLE meeting_attempt (
  id BLOB PRIMARY KEY NOT NULL,
  company_id BLOB NOT NULL REFERENCES company (id),
  meeting_id BLOB NOT NULL REFERENCES meeting (id),
  connection_epoch INTEGER NOT NULL,
  outcome TEXT NOT NULL CHECK (outcome IN ('open', 'made', 'not_made')),
  note TEXT,
  started_at INTEGER NOT NULL,
  finished_at INTEGER
) STRICT;
CREATE INDEX meeting_attempt_meeting ON meeting_attempt (meeting_id, started_at);

CREATE TABLE job (
  id BLOB PRIMARY KEY NOT NULL,
  kind TEXT NOT NULL,
  subject BLOB NOT NULL,
  company_id BLOB REFERENCES company (id),
  payload TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('queued', 'dead')),
  run_at INTEGER NOT NULL,
  generation INTEGER NOT NULL,
  attempts INTEGER NOT NULL,
  lease_until INTEGER,
  last_error TEXT,
  created_at INTEGER NOT NULL,
  CONSTRAINT job_one_per_subject UNIQUE (kind, subject)
) STRICT;
CREATE INDEX job_due ON job (run_at) WHERE state = 'queued';

CREATE TABLE inbox (
  id BLOB PRIMARY KEY NOT NULL,
  source TEXT NOT NULL,
  dedupe_key BLOB NOT NULL,
  name TEXT NOT NULL,
  body BLOB NOT NULL,
  received_at INTEGER NOT NULL,
  processed_at INTEGER,
  outcome TEXT,
  CONSTRAINT inbox_once UNIQUE (source, dedupe_key)
) STRICT;
CREATE INDEX inbox_received ON inbox (received_at);

CREATE TABLE idempotency (
  person_id BLOB NOT NULL REFERENCES person (id),
  key TEXT NOT NULL,
  company_id BLOB NOT NULL REFERENCES company (id),
  request_hash BLOB NOT NULL,
  subject BLOB NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (person_id, key)
) STRICT;
CREATE INDEX idempotency_age ON idempotency (created_at);

CREATE TABLE event (
  id BLOB PRIMARY KEY NOT NULL,
  company_id BLOB NOT NULL REFERENCES company (id),
  subject BLOB NOT NULL,
  kind TEXT NOT NULL,
  actor_id BLOB,
  actor_kind TEXT NOT NULL CHECK (actor_kind IN ('person', 'zoom', 'system')),
  detail TEXT NOT NULL,
  at INTEGER NOT NULL
) STRICT;
CREATE INDEX event_subject ON event (subject, at);
CREATE INDEX event_company ON event (company_id, at);

CREATE TABLE notice (
  id BLOB PRIMARY KEY NOT NULL,
  company_id BLOB NOT NULL REFERENCES company (id),
  person_id BLOB NOT NULL REFERENCES person (id),
  kind TEXT NOT NULL,
  subject BLOB NOT NULL,
  detail TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  dismissed_at INTEGER
) STRICT;
CREATE INDEX notice_person ON notice (person_id, created_at);
