-- Who is invited to a booking and was written nothing of it yet. Whoever is not here has heard, as everybody of
-- the time before this table counts. The id is a hash of booking and address: no address is kept twice.
CREATE TABLE unheard_invitee (
  id UUID PRIMARY KEY NOT NULL,
  company_id UUID NOT NULL REFERENCES company (id),
  booking_id UUID NOT NULL REFERENCES booking (id) ON DELETE CASCADE
);
CREATE INDEX unheard_invitee_booking ON unheard_invitee (booking_id);
