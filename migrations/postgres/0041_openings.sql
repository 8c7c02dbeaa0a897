-- Who opened a record.
CREATE INDEX journal_of_opened ON journal (subject_id, log_index) WHERE action = 'record.open' AND log_index IS NOT NULL;
