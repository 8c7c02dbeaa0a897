-- What statements read must not grow with the history; crates/store/src/tests/plans.rs measures it.

-- Pre-authorisations that may run out: few of all there ever were.
CREATE INDEX pre_auth_chargeable ON pre_auth (property_id, expires) WHERE state = 'chargeable';

-- Whoever was made under an older key ring, in the order they are taken; nobody, most of the time.
DROP INDEX guest_ring_version;
CREATE INDEX guest_ring_version ON guest (ring_version, id) WHERE state <> 'erased';
DROP INDEX keys.data_key_version;
CREATE INDEX data_key_version ON keys.data_key (ring_version, owner);

-- Visits that touch some dates: those who had left before are passed by. (A visit may be of any length: its rooms have dates of their own.)
CREATE INDEX reservation_departure ON reservation (property_id, departure);
