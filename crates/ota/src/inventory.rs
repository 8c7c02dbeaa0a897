//! What rooms a property has, as a channel manager or another hotel system tells it: `OTA_HotelDescriptiveContentNotifRQ` (AlpineBits: `Inventory` and `Info`).

use std::collections::BTreeSet;

use serde::Serialize;

use crate::{
    read::count,
    reservation::{Fault, Problem, Wrong},
    tree::Element,
};

/// The last code of OpenTravel's list `GRI`: what a category is.
const LAST_CLASSIFICATION: i64 = 83;

/// The last code of OpenTravel's list `RMA`: what there is in a room.
const LAST_AMENITY: i64 = 282;

/// The last code of OpenTravel's list `PIC`: what a picture shows.
const LAST_PICTURE: i64 = 23;

/// The languages of ISO 639-1.
const LANGUAGES: &str = "aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv dz ee el en eo es et eu fa ff fi fj fo fr fy ga \
    gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik io is it iu ja jv ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mr ms \
    mt my na nb nd ne ng nl nn no nr nv ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg si sk sl sm sn so sq sr ss st su sv sw ta te tg th ti tk tl tn to tr ts \
    tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu";

/// A category of rooms.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RoomCategory {
    /// Its code in the other system.
    pub code: String,
    /// What it is, in OpenTravel's list `GRI`.
    pub classification: i64,
    /// The fewest people.
    pub least: i64,
    /// How many people it is sold for.
    pub standard: i64,
    /// The most people.
    pub most: i64,
    /// The most of these that may be children.
    pub most_children: Option<i64>,
    /// Its rooms, as far as they are told.
    pub rooms: Vec<String>,
}

/// Categories of rooms, each that cannot be understood with its reason.
pub type Categories = Vec<Result<RoomCategory, Fault>>;

/// What may not stand in a message about rooms only.
const OF_THE_HOTEL: [&str; 4] = ["HotelInfo", "Policies", "AffiliationInfo", "ContactInfos"];

/// The categories that are told, and the property in the channel's codes. `action` is what the form says that it is; of a message that describes the hotel nothing is taken.
///
/// # Errors
/// The message is against the rules of such messages as a whole.
pub(crate) fn categories(
    root: &Element,
    action: Option<&str>,
) -> Result<(Option<String>, Categories), Wrong> {
    let content = root.at(&["HotelDescriptiveContents", "HotelDescriptiveContent"]);
    let content = content.ok_or(("HotelDescriptiveContent", Problem::Missing))?;
    let hotel = content.attribute("HotelCode").map(str::to_owned);
    if hotel.is_none() && content.attribute("HotelName").is_none() {
        return Err(("@HotelCode", Problem::Missing));
    }
    let rooms = content.all("FacilityInfo").flat_map(|info| info.all("GuestRooms"));
    let rooms: Vec<&Element> = rooms.flat_map(|rooms| rooms.all("GuestRoom")).collect();
    let of_hotel = OF_THE_HOTEL.into_iter().find(|name| content.child(name).is_some());
    let is_info = match action {
        Some(action) => action.ends_with(":Info"),
        None => of_hotel.is_some() || rooms.iter().all(|room| is_pictures_only(room)) && !rooms.is_empty(),
    };
    if is_info {
        rooms.iter().try_for_each(|room| pictures(room))?;
        return Ok((hotel, Vec::new()));
    }
    if let Some(name) = of_hotel {
        return Err((name, Problem::Forbidden));
    }
    let mut told: Categories = Vec::new();
    let mut last: Option<&str> = None;
    for room in rooms {
        let code = room.attribute("Code");
        match (code, told.last_mut()) {
            // It is one of the rooms of the category before it.
            (Some(_), Some(category)) if code == last => {
                let number = room_of(room).map_err(|wrong| Fault::of(code.map(str::to_owned), wrong));
                match number {
                    Ok(number) => category.iter_mut().for_each(|known| known.rooms.push(number.clone())),
                    Err(wrong) if category.is_ok() => *category = Err(wrong),
                    Err(_) => {}
                }
            }
            _ => told.push(category(room).map_err(|wrong| Fault::of(code.map(str::to_owned), wrong))),
        }
        last = code;
    }
    Ok((hotel, told))
}

/// Refuses an attribute or an element that may not stand there.
const fn forbid(is_there: bool, at: &'static str) -> Result<(), Wrong> {
    if is_there { Err((at, Problem::Forbidden)) } else { Ok(()) }
}

fn must(element: &Element, name: &str, at: &'static str, most: i64) -> Result<i64, Wrong> {
    count(element.attribute(name).ok_or((at, Problem::Missing))?, at, most)
}

/// A code of a list, whose codes begin with 1.
fn code_of(element: &Element, name: &str, at: &'static str, last: i64) -> Result<i64, Wrong> {
    let code = must(element, name, at, last)?;
    if code == 0 { Err((at, Problem::Value)) } else { Ok(code) }
}

/// What begins a category.
fn category(room: &Element) -> Result<RoomCategory, Wrong> {
    let code = room.attribute("Code").ok_or(("GuestRoom/@Code", Problem::Missing))?.to_owned();
    let least = must(room, "MinOccupancy", "GuestRoom/@MinOccupancy", 99)?;
    let most = must(room, "MaxOccupancy", "GuestRoom/@MaxOccupancy", 99)?;
    let children = room.attribute("MaxChildOccupancy");
    let most_children =
        children.map(|children| count(children, "GuestRoom/@MaxChildOccupancy", most)).transpose()?;
    let kind = room.child("TypeRoom").ok_or(("GuestRoom/TypeRoom", Problem::Missing))?;
    let standard = must(kind, "StandardOccupancy", "TypeRoom/@StandardOccupancy", 99)?;
    let at = "TypeRoom/@RoomClassificationCode";
    let classification = code_of(kind, "RoomClassificationCode", at, LAST_CLASSIFICATION)?;
    if least > most {
        return Err(("GuestRoom/@MaxOccupancy", Problem::Number));
    }
    for amenity in room.all("Amenities").flat_map(|all| all.all("Amenity")) {
        code_of(amenity, "RoomAmenityCode", "Amenity/@RoomAmenityCode", LAST_AMENITY)?;
    }
    texts_and_pictures(room)?;
    Ok(RoomCategory { code, classification, least, standard, most, most_children, rooms: Vec::new() })
}

/// A category has a name (25), and may have a description (1) and pictures (23).
fn texts_and_pictures(room: &Element) -> Result<(), Wrong> {
    let at = "MultimediaDescription/@InfoCode";
    let mut seen = BTreeSet::new();
    for told in room.all("MultimediaDescriptions").flat_map(|all| all.all("MultimediaDescription")) {
        let code = told.attribute("InfoCode").ok_or((at, Problem::Missing))?;
        if !seen.insert(code) {
            return Err((at, Problem::Twice));
        }
        match code {
            "1" | "25" => {
                let text = told.at(&["TextItems", "TextItem"]);
                let text = text.ok_or(("MultimediaDescription/TextItems", Problem::Missing))?;
                if descriptions(text)? == 0 {
                    return Err(("TextItem/Description", Problem::Missing));
                }
            }
            "23" => {
                let items = told.child("ImageItems");
                let items = items.ok_or(("MultimediaDescription/ImageItems", Problem::Missing))?;
                for item in items.all("ImageItem") {
                    code_of(item, "Category", "ImageItem/@Category", LAST_PICTURE)?;
                    descriptions(item)?;
                }
            }
            _ => return Err((at, Problem::Value)),
        }
    }
    if seen.contains("25") { Ok(()) } else { Err((at, Problem::Missing)) }
}

/// How many descriptions there are: one for each language and form.
fn descriptions(item: &Element) -> Result<usize, Wrong> {
    let at = "Description/@Language";
    let mut seen = BTreeSet::new();
    for told in item.all("Description") {
        let language = told.attribute("Language").ok_or((at, Problem::Missing))?;
        if !LANGUAGES.split_ascii_whitespace().any(|known| known == language) {
            return Err((at, Problem::Value));
        }
        if !seen.insert((language, told.attribute("TextFormat"))) {
            return Err((at, Problem::Twice));
        }
    }
    Ok(seen.len())
}

/// One of the rooms of a category: it says its number and nothing that the category says.
fn room_of(room: &Element) -> Result<String, Wrong> {
    let has = |name: &str| room.attribute(name).is_some();
    forbid(has("MinOccupancy"), "GuestRoom/@MinOccupancy")?;
    forbid(has("MaxOccupancy"), "GuestRoom/@MaxOccupancy")?;
    forbid(has("MaxChildOccupancy"), "GuestRoom/@MaxChildOccupancy")?;
    forbid(has("ID"), "GuestRoom/@ID")?;
    forbid(room.child("Amenities").is_some(), "GuestRoom/Amenities")?;
    forbid(room.child("MultimediaDescriptions").is_some(), "GuestRoom/MultimediaDescriptions")?;
    let kind = room.child("TypeRoom").ok_or(("GuestRoom/TypeRoom", Problem::Missing))?;
    forbid(kind.attribute("StandardOccupancy").is_some(), "TypeRoom/@StandardOccupancy")?;
    forbid(kind.attribute("RoomClassificationCode").is_some(), "TypeRoom/@RoomClassificationCode")?;
    forbid(kind.attribute("Size").is_some(), "TypeRoom/@Size")?;
    Ok(kind.attribute("RoomID").ok_or(("TypeRoom/@RoomID", Problem::Missing))?.to_owned())
}

/// Whether nothing is said of a category but what it looks like.
fn is_pictures_only(room: &Element) -> bool {
    room.attribute("MinOccupancy").is_none()
        && room.attribute("MaxOccupancy").is_none()
        && room.child("TypeRoom").is_none()
}

/// What a message that describes the hotel may say of a category: pictures.
fn pictures(room: &Element) -> Result<(), Wrong> {
    let has = |name: &str| room.attribute(name).is_some();
    forbid(has("MinOccupancy"), "GuestRoom/@MinOccupancy")?;
    forbid(has("MaxOccupancy"), "GuestRoom/@MaxOccupancy")?;
    forbid(has("MaxChildOccupancy"), "GuestRoom/@MaxChildOccupancy")?;
    forbid(has("ID"), "GuestRoom/@ID")?;
    forbid(room.child("TypeRoom").is_some(), "GuestRoom/TypeRoom")?;
    forbid(room.child("Amenities").is_some(), "GuestRoom/Amenities")?;
    for told in room.all("MultimediaDescriptions").flat_map(|all| all.all("MultimediaDescription")) {
        forbid(told.attribute("InfoCode").is_some(), "MultimediaDescription/@InfoCode")?;
        forbid(told.child("TextItems").is_some(), "MultimediaDescription/TextItems")?;
    }
    Ok(())
}
