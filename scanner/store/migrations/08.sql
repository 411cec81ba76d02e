ALTER TABLE runs ADD COLUMN most_in_flight INTEGER;
