-- Whose app at Zoom people connect through: a company's own, beside the operator's, which is in the configuration.
-- Secrets are sealed with the company's data key. A removed app keeps them only until everything is handed back to Zoom.
CREATE TABLE zoom_app (
  id UUID PRIMARY KEY NOT NULL,
  company_id UUID NOT NULL REFERENCES company (id),
  state TEXT COLLATE "C" NOT NULL CHECK (state IN ('draft', 'active', 'removed')),
  client_id TEXT COLLATE "C" NOT NULL,
  client_secret BYTEA,
  webhook_secret BYTEA,
  earlier_webhook_secret BYTEA,
  webhook_secret_at BIGINT,
  revision BIGINT NOT NULL,
  checks TEXT,
  checked_at BIGINT,
  created_at BIGINT NOT NULL,
  used_at BIGINT,
  removed_at BIGINT
);
CREATE UNIQUE INDEX zoom_app_one_current ON zoom_app (company_id) WHERE state <> 'removed';
-- Two companies in one app would end each other's connections, and each would hear the other's events.
CREATE UNIQUE INDEX zoom_app_client_once ON zoom_app (client_id) WHERE state = 'active';
CREATE INDEX zoom_app_company ON zoom_app (company_id, client_id);

-- What was heard of an app; its id is zero for the operator's.
CREATE TABLE zoom_app_heard (
  app_id UUID NOT NULL,
  client_id TEXT COLLATE "C" NOT NULL,
  challenged_at BIGINT,
  heard_at BIGINT,
  scopes TEXT,
  granted_at BIGINT,
  PRIMARY KEY (app_id, client_id)
);

-- The company's own app whose secret a webhook was verified with, where it was not the operator's.
ALTER TABLE inbox ADD COLUMN app_id UUID;
-- The client id somebody left for Zoom with.
ALTER TABLE oauth_attempt ADD COLUMN client_id TEXT;
