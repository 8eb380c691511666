-- The operation that a line of the console started; of lines before this step it is
-- not known.
ALTER TABLE console_line ADD COLUMN operation INTEGER;
