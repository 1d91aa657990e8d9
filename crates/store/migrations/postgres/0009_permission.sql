-- Who may connect apps: groups of people, and what people ask their admins for.
CREATE TABLE person_group (
  id UUID PRIMARY KEY NOT NULL,
  company_id UUID NOT NULL REFERENCES company (id),
  name TEXT COLLATE "C" NOT NULL,
  may_connect BOOLEAN NOT NULL,
  created_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX person_group_name ON person_group (company_id, name);

CREATE TABLE person_group_member (
  company_id UUID NOT NULL REFERENCES company (id),
  group_id UUID NOT NULL REFERENCES person_group (id),
  person_id UUID NOT NULL REFERENCES person (id),
  PRIMARY KEY (group_id, person_id)
);
CREATE INDEX person_group_member_person ON person_group_member (person_id, group_id);

-- A person asks to be allowed, once until an admin has answered.
CREATE TABLE permission_request (
  id UUID PRIMARY KEY NOT NULL,
  company_id UUID NOT NULL REFERENCES company (id),
  person_id UUID NOT NULL REFERENCES person (id),
  state TEXT COLLATE "C" NOT NULL CHECK (state IN ('open', 'allowed', 'declined')),
  message TEXT NOT NULL,
  asked_at BIGINT NOT NULL,
  answered_at BIGINT,
  answered_by UUID REFERENCES person (id),
  reply TEXT
);
CREATE INDEX permission_request_person ON permission_request (person_id, asked_at);
CREATE UNIQUE INDEX permission_request_one_open ON permission_request (person_id) WHERE state = 'open';
