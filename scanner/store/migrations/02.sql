ALTER TABLE accounts ADD COLUMN organization TEXT;
ALTER TABLE resources ADD COLUMN observed TEXT;
