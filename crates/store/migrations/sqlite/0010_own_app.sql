-- Whose app at Zoom people connect through: a company's own, beside the operator's, which is in the configuration.
-- Secrets are sealed with the company's data key. A removed app keeps them only until everything is handed back to Zoom.
CREATE TABLE zoom_app (
  id BLOB PRIMARY KEY NOT NULL,
  company_id BLOB NOT NULL REFERENCES company (id),
  state TEXT NOT NULL CHECK (state IN ('draft', 'active', 'removed')),
  client_id TEXT NOT NULL,
  client_secret BLOB,
  webhook_secret BLOB,
  earlier_webhook_secret BLOB,
  webhook_secret_at INTEGER,
  revision INTEGER NOT NULL,
  checks TEXT,
  checked_at INTEGER,
  created_at INTEGER NOT NULL,
  used_at INTEGER,
  removed_at INTEGER
) STRICT;
CREATE UNIQUE INDEX zoom_app_one_current ON zoom_app (company_id) WHERE state <> 'removed';
-- Two companies in one app would end each other's connections, and each would hear the other's events.
CREATE UNIQUE INDEX zoom_app_client_once ON zoom_app (client_id) WHERE state = 'active';
CREATE INDEX zoom_app_company ON zoom_app (company_id, client_id);

-- What was heard of an app; its id is zero for the operator's.
CREATE TABLE zoom_app_heard (
  app_id BLOB NOT NULL,
  client_id TEXT NOT NULL,
  challenged_at INTEGER,
  heard_at INTEGER,
  scopes TEXT,
  granted_at INTEGER,
  PRIMARY KEY (app_id, client_id)
) STRICT;

-- The company's own app whose secret a webhook was verified with, where it was not the operator's.
ALTER TABLE inbox ADD COLUMN app_id BLOB;
-- The client id somebody left for Zoom with.
ALTER TABLE oauth_attempt ADD COLUMN client_id TEXT;
