-- What statements read must not grow with the history; crates/store/src/tests/plans.rs measures it.

-- Pre-authorisations that may run out: few of all there ever were.
CREATE INDEX pre_auth_chargeable ON pre_auth (property_id, expires) WHERE state = 'chargeable';

-- Whoever was made under an older key ring, in the order they are taken; nobody, most of the time.
DROP INDEX guest_ring_version;
CREATE INDEX guest_ring_version ON guest (ring_version, id) WHERE state <> 'erased';

-- Visits that touch some dates: those who had left before are passed by. (A visit may be of any length: its rooms have dates of their own.)
CREATE INDEX reservation_departure ON reservation (property_id, departure);

-- Without statistics SQLite takes it that a property has ten stays, and reads all of them by the primary key. These are the statistics of a chain of
-- ten properties with a long history, written down once: every database is planned for alike, whatever it held when
-- it was last counted (sqlite.org/optoverview.html, "Manual Control Of Query Plans Using SQLITE_STAT Tables").
ANALYZE sqlite_schema;
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
    ('property', 'sqlite_autoindex_property_1', '10 1'),
    ('property', 'sqlite_autoindex_property_2', '10 1'),
    ('room_type', 'room_type', '50 5 1'),
    ('room_type', 'sqlite_autoindex_room_type_2', '50 5 1'),
    ('room', 'room', '2000 200 1'),
    ('room', 'sqlite_autoindex_room_2', '2000 200 1'),
    ('inventory', 'inventory', '100000 10000 2000 2 1'),
    ('room_night', 'room_night', '3000000 300000 1500 2 1'),
    ('guest', 'sqlite_autoindex_guest_1', '1000000 1'),
    ('guest', 'guest_merged_into', '20000 2'),
    ('guest', 'guest_ring_version', '1000000 1000000 1'),
    ('guest_visit', 'guest_visit', '1500000 2 2 1'),
    ('token', 'token', '5000000 2 1'),
    ('visit_alias', 'visit_alias', '2000000 1 1 1'),
    ('visit_alias', 'visit_alias_visit', '2000000 200000 2'),
    ('reservation', 'reservation', '1000000 100000 1'),
    ('reservation', 'reservation_arrival', '1000000 100000 50'),
    ('reservation', 'reservation_departure', '1000000 100000 50'),
    ('reservation', 'reservation_group', '50000 10'),
    ('reservation_room', 'reservation_room', '1000000 100000 1 1'),
    ('reservation_room', 'reservation_room_awaited', '20000 2000 20'),
    ('stay', 'stay', '1000000 100000 1 1'),
    ('stay', 'stay_in_house', '1500 150 1'),
    ('stay', 'stay_one_party', '1500 150 1'),
    ('stay', 'stay_departure', '1000000 100000 50'),
    ('stay_guest', 'stay_guest', '1500000 150000 2 2 1'),
    ('stay_room', 'stay_room', '1000000 100000 1 1 1'),
    ('folio', 'folio', '1000000 100000 1 1'),
    ('folio', 'sqlite_autoindex_folio_2', '1000000 100000 1 1'),
    ('posting', 'posting', '8000000 800000 8 1'),
    ('posting', 'posting_day', '8000000 800000 400'),
    ('posting', 'posting_once', '3000000 300000 1'),
    ('pre_auth', 'pre_auth', '500000 50000 1 1'),
    ('pre_auth', 'pre_auth_chargeable', '1500 150 10');
-- This connection knows them as well from now on.
ANALYZE sqlite_schema;
