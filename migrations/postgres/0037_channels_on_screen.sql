-- When a channel said something last, and how often lately.
CREATE INDEX journal_of_channel ON journal (subject_id, at) WHERE action = 'channel.said';
-- The programs that were made for a channel: what they hold says for which one.
CREATE INDEX access_grant_of_channel ON access_grant (granted_by) WHERE role = 'channel';
-- How a finding went.
CREATE INDEX journal_of_finding ON journal (subject_id) WHERE subject_kind = 'finding';
