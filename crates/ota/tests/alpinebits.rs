//! Public sets of AlpineBits' messages, answered as their names say. `HEFU_ALPINEBITS` is a folder with clones of noi-techpark/odh-alpinebits (messages, and files of
//! rules whose names say `ok` or `err`) and of HGV/alpinebits (messages); without it the test says so and looks at nothing.
#![expect(clippy::unwrap_used, clippy::print_stderr, reason = "tests")]

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use hefu_ota::{Limits, Received, Refused, receive_as};

/// How a message is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Answer {
    /// Everything in it is taken.
    Success,
    /// Some of it is not, or nothing.
    Refusal,
    /// It is none of the messages that are taken here.
    NotHere,
}

fn answer(text: &str, action: Option<&str>) -> (Answer, String) {
    let parts: Vec<String> = match receive_as(text, action, &Limits::default()) {
        Ok(Received::Reservations(message)) => message
            .reservations
            .into_iter()
            .filter_map(Result::err)
            .map(|fault| format!("{fault:?}"))
            .collect(),
        Ok(Received::Stays { stays, .. }) => {
            stays.into_iter().filter_map(Result::err).map(|fault| format!("{fault:?}")).collect()
        }
        Ok(Received::FreeRooms { parts, .. }) => {
            parts.into_iter().filter_map(Result::err).map(|fault| format!("{fault:?}")).collect()
        }
        Ok(Received::Inventory { parts, .. }) => {
            parts.into_iter().filter_map(Result::err).map(|fault| format!("{fault:?}")).collect()
        }
        Ok(Received::Ping { .. }) => Vec::new(),
        Err(Refused::OtherMessage) => return (Answer::NotHere, String::new()),
        Err(refused) => vec![refused.to_string()],
    };
    match parts.is_empty() {
        true => (Answer::Success, String::new()),
        false => (Answer::Refusal, parts.join("; ")),
    }
}

fn files(folder: &Path, into: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, into);
        } else if path.extension().is_some_and(|extension| extension == "xml") {
            into.push(path);
        }
    }
}

/// Files of rules that are wrong only at a server that says that it takes `BookingThreshold` of categories. This one does not say so, and what is in them is what other files
/// say is right.
const OF_OTHER_SERVERS: &str = "err_bookingthreshold-null";

/// What the name of a file says of the answer; none: nothing.
fn expected(path: &Path) -> Option<Answer> {
    let name = path.file_stem()?.to_str()?;
    let is_rule = path.components().any(|part| part.as_os_str() == "alpinebits-validation");
    if is_rule {
        return match name {
            _ if name.ends_with(OF_OTHER_SERVERS) => None,
            _ if name.contains("_err_") || name.contains("-err-") => Some(Answer::Refusal),
            _ if name.contains("_ok_") || name.contains("-ok") || name.contains("_support_") => {
                Some(Answer::Success)
            }
            _ => None,
        };
    }
    // Messages: `GuestRequests-OTA_ResRetrieveRS-reservation`.
    let mut parts = name.splitn(3, '-');
    let (_, message, rest) = (parts.next()?, parts.next()?, parts.next().unwrap_or_default());
    Some(match message {
        "OTA_ResRetrieveRS" if rest.contains("error") => Answer::Refusal,
        "OTA_ResRetrieveRS"
        | "OTA_HotelResNotifRQ"
        | "OTA_HotelAvailNotifRQ"
        | "OTA_HotelInvCountNotifRQ"
        | "OTA_HotelDescriptiveContentNotifRQ"
        | "OTA_PingRQ" => Answer::Success,
        name if name.starts_with("OTA_") => Answer::NotHere,
        _ => return None,
    })
}

/// What the form says that a message is.
fn action(path: &Path) -> Option<&'static str> {
    let name = path.file_stem()?.to_str()?;
    if !name.contains("HotelDescriptiveContentNotif") {
        return None;
    }
    let is_info = name.contains("_HotelInfo-") || name.contains("-hotelinfo") && !name.contains("_Basic-");
    Some(if is_info {
        "OTA_HotelDescriptiveContentNotif:Info"
    } else {
        "OTA_HotelDescriptiveContentNotif:Inventory"
    })
}

#[test]
fn public_sets_are_answered_as_their_names_say() {
    let Some(folder) = std::env::var_os("HEFU_ALPINEBITS").map(PathBuf::from) else {
        eprintln!("HEFU_ALPINEBITS names no folder with the public sets of AlpineBits: skipped");
        return;
    };
    let mut all = Vec::new();
    files(&folder, &mut all);
    all.sort();
    let (mut counts, mut wrong) = (BTreeMap::new(), Vec::new());
    for path in all {
        let Some(expected) = expected(&path) else { continue };
        let text = std::fs::read_to_string(&path).unwrap();
        let (answer, why) = answer(&text, action(&path));
        *counts.entry(expected).or_insert(0) += 1;
        if answer != expected {
            wrong.push(format!("{}: {answer:?} in place of {expected:?} {why}", path.display()));
        }
    }
    eprintln!("answered as named: {counts:?}");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(counts.values().sum::<i32>() > 0, "there are no messages in {}", folder.display());
}

#[test]
fn rules_of_free_rooms_are_held() {
    let avail = |attributes: &str, control: &str| {
        format!(
            r#"<OTA_HotelAvailNotifRQ><UniqueID Type="16" ID="1" Instance="CompleteSet"/><AvailStatusMessages HotelCode="1">
<AvailStatusMessage {attributes}><StatusApplicationControl Start="2026-08-01" End="2026-08-10" {control}/></AvailStatusMessage></AvailStatusMessages></OTA_HotelAvailNotifRQ>"#
        )
    };
    let counts = |whole: &str, hotel: &str, parts: &str| {
        format!(
            r#"<OTA_HotelInvCountNotifRQ>{whole}<Inventories {hotel}>{parts}</Inventories></OTA_HotelInvCountNotifRQ>"#
        )
    };
    let (whole, hotel) = (r#"<UniqueID Instance="CompleteSet"/>"#, r#"HotelName="Inn""#);
    let part = |from: &str, until: &str, control: &str, counted: &str| {
        format!(
            r#"<Inventory><StatusApplicationControl Start="2026-{from}" End="2026-{until}" {control}/>{counted}</Inventory>"#
        )
    };
    let closed = r#"AllInvCode="true""#;
    let counted = r#"<InvCounts><InvCount CountType="2" Count="1"/></InvCounts>"#;
    let (one, two) = (part("08-01", "08-10", closed, ""), part("08-11", "08-20", closed, ""));
    let (kind, room) = (
        part("09-01", "09-10", r#"InvTypeCode="D""#, counted),
        part("09-11", "09-12", r#"InvTypeCode="D" InvCode="1""#, counted),
    );
    let limit = r#"BookingLimit="1" BookingLimitMessageType="SetLimit""#;
    for (message, expected) in [
        (avail(limit, r#"InvTypeCode="D""#), Answer::Success),
        (avail(limit, ""), Answer::Refusal),
        (avail(r#"BookingLimit="1""#, r#"InvTypeCode="D""#), Answer::Refusal),
        (
            avail(r#"BookingLimit="2" BookingLimitMessageType="SetLimit""#, r#"InvTypeCode="D" InvCode="1""#),
            Answer::Refusal,
        ),
        (
            avail(&format!(r#"{limit} BookingThreshold="1""#), r#"InvTypeCode="D" InvCode="1""#),
            Answer::Success,
        ),
        (
            avail(&format!(r#"{limit} BookingThreshold="2""#), r#"InvTypeCode="D" InvCode="1""#),
            Answer::Refusal,
        ),
        (avail(&format!(r#"{limit} BookingThreshold="0""#), r#"InvTypeCode="D""#), Answer::Refusal),
        (counts(whole, hotel, "<Inventory/>"), Answer::Success),
        (counts("", hotel, "<Inventory/>"), Answer::Refusal),
        (counts(whole, "", "<Inventory/>"), Answer::Refusal),
        (counts(whole, hotel, &format!("{one}{two}{kind}")), Answer::Success),
        (counts("", hotel, &kind), Answer::Success),
        (counts(whole, hotel, &format!("{kind}{one}")), Answer::Refusal),
        (counts(whole, hotel, &format!("{one}{one}")), Answer::Refusal),
        (counts(whole, hotel, &part("08-01", "08-10", closed, counted)), Answer::Refusal),
        (counts(whole, hotel, &format!("{kind}{room}")), Answer::Refusal),
    ] {
        let (answer, why) = answer(&message, None);
        assert_eq!(answer, expected, "{message}: {why}");
    }
}

#[test]
fn categories_are_read_with_their_rooms() {
    let text = |more: &str| {
        format!(
            r#"<OTA_HotelDescriptiveContentNotifRQ EchoToken="3"><HotelDescriptiveContents><HotelDescriptiveContent HotelCode="123"><FacilityInfo><GuestRooms>
<GuestRoom Code="DZ" MinOccupancy="1" MaxOccupancy="3" MaxChildOccupancy="1"><TypeRoom StandardOccupancy="2" RoomClassificationCode="42"/>
<Amenities><Amenity RoomAmenityCode="26"/></Amenities><MultimediaDescriptions><MultimediaDescription InfoCode="25"><TextItems><TextItem>
<Description TextFormat="PlainText" Language="en">Double room</Description><Description TextFormat="PlainText" Language="zh">双床房</Description></TextItem></TextItems>
</MultimediaDescription></MultimediaDescriptions></GuestRoom><GuestRoom Code="DZ"><TypeRoom RoomID="101"/></GuestRoom>{more}</GuestRooms></FacilityInfo>
</HotelDescriptiveContent></HotelDescriptiveContents></OTA_HotelDescriptiveContentNotifRQ>"#
        )
    };
    let limits = Limits::default();
    let room = r#"<GuestRoom Code="DZ"><TypeRoom RoomID="102"/></GuestRoom>"#;
    let Ok(Received::Inventory { hotel, parts, echo }) = receive_as(&text(room), None, &limits) else {
        panic!("no rooms")
    };
    let category = parts[0].clone().unwrap();
    assert_eq!((hotel.as_deref(), echo.as_deref(), parts.len()), (Some("123"), Some("3"), 1));
    assert_eq!(
        (category.least, category.standard, category.most, category.most_children),
        (1, 2, 3, Some(1))
    );
    assert_eq!(category.rooms, ["101", "102"]);
    // A category that begins with a room only, and a room that says what its category says.
    for more in [
        r#"<GuestRoom Code="EZ"><TypeRoom RoomID="1"/></GuestRoom>"#,
        r#"<GuestRoom Code="DZ" ID="1"><TypeRoom RoomID="1"/></GuestRoom>"#,
    ] {
        assert_eq!(answer(&text(more), None).0, Answer::Refusal, "{more}");
    }
    // It does not describe the hotel.
    assert_eq!(answer(&text(room), Some("OTA_HotelDescriptiveContentNotif:Info")).0, Answer::Refusal);
}
