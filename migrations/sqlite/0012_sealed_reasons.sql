-- Why something was done is personal data: it lies sealed with the change, and no entry of the ledger holds it.
ALTER TABLE journal DROP COLUMN reason;

-- What an entry says of rows that outlive their guest, sealed under the data key of the property or the chain.
ALTER TABLE journal_change ADD COLUMN evidence BLOB NOT NULL DEFAULT x'';
