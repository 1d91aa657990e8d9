-- How it was noticed that Zoom ended or refuses a connection.
ALTER TABLE connection ADD COLUMN noticed_by TEXT CHECK (noticed_by IN ('webhook', 'refresh', 'call', 'probe'));

-- A connection that has ended here while its meetings are still being deleted in Zoom. The tokens are here for that alone,
-- and shredded with the row: a connection that has ended has none itself, as connection_tokens_shredded says.
CREATE TABLE leaving (
  connection_id UUID PRIMARY KEY NOT NULL REFERENCES connection (id),
  company_id UUID NOT NULL REFERENCES company (id),
  person_id UUID NOT NULL REFERENCES person (id),
  links TEXT NOT NULL CHECK (links IN ('remove', 'move')),
  target_id UUID REFERENCES connection (id),
  total BIGINT NOT NULL,
  began_at BIGINT NOT NULL,
  data_key BYTEA NOT NULL,
  access_token BYTEA NOT NULL,
  refresh_token BYTEA NOT NULL,
  token_version BIGINT NOT NULL,
  access_expires_at BIGINT NOT NULL,
  refreshing_until BIGINT
);
CREATE INDEX leaving_person ON leaving (company_id, person_id);
