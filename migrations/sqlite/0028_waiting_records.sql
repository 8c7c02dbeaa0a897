-- Records of other systems that wait for the booking or guest they belong to: few, and looked at after every import.
CREATE INDEX source_record_waiting ON source_record (property_id, system, kind, external_id) WHERE state = 'waiting';
