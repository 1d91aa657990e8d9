-- Who may connect apps: groups of people, and what people ask their admins for.
CREATE TABLE person_group (
  id BLOB PRIMARY KEY NOT NULL,
  company_id BLOB NOT NULL REFERENCES company (id),
  name TEXT NOT NULL,
  may_connect INTEGER NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX person_group_name ON person_group (company_id, name);

CREATE TABLE person_group_member (
  company_id BLOB NOT NULL REFERENCES company (id),
  group_id BLOB NOT NULL REFERENCES person_group (id),
  person_id BLOB NOT NULL REFERENCES person (id),
  PRIMARY KEY (group_id, person_id)
) STRICT;
CREATE INDEX person_group_member_person ON person_group_member (person_id, group_id);

-- A person asks to be allowed, once until an admin has answered.
CREATE TABLE permission_request (
  id BLOB PRIMARY KEY NOT NULL,
  company_id BLOB NOT NULL REFERENCES company (id),
  person_id BLOB NOT NULL REFERENCES person (id),
  state TEXT NOT NULL CHECK (state IN ('open', 'allowed', 'declined')),
  message TEXT NOT NULL,
  asked_at INTEGER NOT NULL,
  answered_at INTEGER,
  answered_by BLOB REFERENCES person (id),
  reply TEXT
) STRICT;
CREATE INDEX permission_request_person ON permission_request (person_id, asked_at);
CREATE UNIQUE INDEX permission_request_one_open ON permission_request (person_id) WHERE state = 'open';
