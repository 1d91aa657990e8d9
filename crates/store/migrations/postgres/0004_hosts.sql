-- Several connections per person, and what hosts for people who have none. A name is given by its owner; without one
-- a connection is called by its account. The default is the one last made so: see core::connection::in_order.
ALTER TABLE connection ADD COLUMN name TEXT;
ALTER TABLE connection ADD COLUMN preferred_at BIGINT;
ALTER TABLE connection ADD COLUMN hosts_for TEXT NOT NULL DEFAULT 'owner' CHECK (hosts_for IN ('owner', 'company'));

DROP INDEX connection_one_current;
CREATE UNIQUE INDEX connection_one_current ON connection (person_id, client_id, zoom_user_id) WHERE status <> 'inactive';
CREATE INDEX connection_company ON connection (company_id, person_id) WHERE status <> 'inactive';

ALTER TABLE company ADD COLUMN zoom_stand_in TEXT NOT NULL DEFAULT 'nobody' CHECK (zoom_stand_in IN ('nobody', 'shared', 'pool'));
ALTER TABLE company ADD COLUMN zoom_shared_id UUID REFERENCES connection (id);
