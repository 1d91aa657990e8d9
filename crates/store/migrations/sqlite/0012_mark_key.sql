-- The key of the marks in our Zoom meetings, wrapped: they stay known when the master key is changed.
ALTER TABLE installation ADD COLUMN mark_key BLOB;
