-- A room has one party that lives in it, whatever part of the date each holds of it; sharers live in the room of theirs.
CREATE UNIQUE INDEX stay_one_party ON stay (property_id, room_id) WHERE state = 'in_house' AND share_of IS NULL;
